import ipaddr from 'ipaddr.js';

/** What an IP address is to an outbound request: only `public` is dialled, and `loopback` where it is configured. */
export type AddressClass = 'public' | 'loopback' | 'forbidden';

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public by number, but answered by the cloud's host machine from inside: Azure's wire server. */
const PUBLIC_BUT_INTERNAL = new Set(['168.63.129.16']);

/**
 * Classifies a literal address. IPv6 must lie in 2000::/3, the only block handed out for global unicast (RFC 4291
 * §2.4): ipaddr.js calls `::7f00:1`, the IPv4-compatible form of 127.0.0.1, unicast. Every form that embeds an IPv4
 * address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) is refused, whatever it embeds: a real host never needs one,
 * and who translates it is not known here. Text that is not an address is forbidden.
 */
export function classifyAddress(text: string): AddressClass {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return classifyIpv4(ipaddr.IPv4.parse(text));
  if (ipaddr.IPv6.isValid(text)) return classifyIpv6(ipaddr.IPv6.parse(text));
  return 'forbidden';
}

function classifyIpv4(address: ipaddr.IPv4): AddressClass {
  if (PUBLIC_BUT_INTERNAL.has(address.toString())) return 'forbidden';
  const range = address.range();
  if (range === 'unicast') return 'public';
  return range === 'loopback' ? 'loopback' : 'forbidden';
}

function classifyIpv6(address: ipaddr.IPv6): AddressClass {
  const range = address.range();
  if (range === 'loopback') return 'loopback';
  const isPublic = range === 'unicast' && address.match(GLOBAL_UNICAST) && !isIsatap(address);
  return isPublic ? 'public' : 'forbidden';
}

/** ISATAP carries an IPv4 address in its interface identifier, behind `[02]00:5efe` (RFC 5214 §6.1). */
function isIsatap(address: ipaddr.IPv6): boolean {
  const [, , , , upper = 0, lower = 0] = address.parts;
  return (upper & ~0x0200) === 0 && lower === 0x5efe;
}
