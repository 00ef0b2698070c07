import { domainToASCII, domainToUnicode } from 'node:url';

/** A domain in .coop, which only co-operatives get: the one that is registered (`example.coop`), without what stands before or behind it. */
export function coopDomainProblem(id: string): string | undefined {
  if (/[/:@?#\s\\]/.test(id)) return 'is no domain: leave out https:// and everything after the name';
  // As IDNA has it (UTS 46), so that a name in another script counts by how it is registered.
  const name = domainToASCII(id);
  const labels = name.split('.');
  if (name === '' || name.length > 253 || !labels.every(isLabel)) return 'is no domain name';
  if (labels.at(-1) !== 'coop') return 'is not in .coop';
  if (labels.length !== 2) return 'is not the domain that is registered: that has one name before .coop';
  return undefined;
}

function isLabel(label: string): boolean {
  return (
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label) &&
    (!label.startsWith('xn--') || isEncodedName(label))
  );
}

/** UTS 46 section 4 step 4: it must be decoded and encoded to itself; Node 24 takes any ASCII name without looking. */
function isEncodedName(label: string): boolean {
  const name = domainToUnicode(label);
  return name !== label && domainToASCII(name) === label;
}
