import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Report } from '../../src/cli/verificationRequest.js';
import { tellStory, type Story, type StoryOptions } from '../../src/demo/demo.js';
import { startDemoService, type DemoService } from '../../src/demo/demoService.js';
import { requireVerdict } from '../../src/demo/expectations.js';
import { readHousingCoops, type HousingCoop } from '../../src/demo/housingCoops.js';
import { createPrinter } from '../../src/demo/printing.js';
import { startReceiver } from '../../src/demo/receiver.js';
import { toSummary } from '../../src/demo/summary.js';

// A whole network each time, which takes long where much else is going on.
vi.setConfig({ testTimeout: 60_000 });

let service: DemoService;
let register: HousingCoop[];

beforeAll(async () => {
  register = await readHousingCoops();
  service = await startDemoService();
});
afterAll(() => service.close());

async function tell(
  options: Pick<StoryOptions, 'coops' | 'emailDomain' | 'expectations'>,
): Promise<{ story: Story; text: string }> {
  let text = '';
  const output = { write: (part: string) => (text += part) };
  const story = await tellStory({
    publicUrl: service.publicUrl,
    operator: service.operator,
    password: 'a long enough password',
    printer: createPrinter(output, { colours: false }),
    progress: output,
    ...options,
  });
  return { story, text };
}

test('the register holds 208 co-operatives, each with a number of its own', () => {
  expect(new Set(register.map(({ registrationNumber }) => registrationNumber)).size).toBe(208);
});

test('the demonstration tells who is accepted, who is not, and why', async () => {
  const { story, text } = await tell({ coops: register.slice(0, 5), emailDomain: 'first.example' });
  const verdicts = Object.fromEntries(
    story.outcomes.map(({ what, result, reasons }) => [what, [result, ...reasons]]),
  );
  expect(verdicts).toEqual({
    'All 7, by anybody': ['accepted'],
    'All 7, by the partner': ['accepted'],
    'One claim changed': ['rejected', 'signature/invalid'],
    'Signed by an unaccredited body': ['rejected', 'accreditation/not-accredited', 'status/issuer-mismatch'],
    Suspended: ['rejected', 'status/suspended'],
    Reinstated: ['accepted'],
    Revoked: ['rejected', 'status/revoked'],
    'An impostor applies': ['refused', 'applications/checks-missing'],
    'One field released': ['accepted'],
    'Another value of it': ['rejected', 'dossier/not-proven'],
    'A checked field changed': ['rejected', 'status/suspended'],
    'Contested by its holder': ['accepted'],
    'Answered by its issuer': ['accepted'],
    'One delegate approves': ['withheld', '1 of 2 approvals'],
    'Two delegates approve': ['released', '3 names'],
    'The names proven': ['accepted'],
    'Another name': ['rejected', 'dossier/not-proven'],
    'The partner is told': ['told', 'credential.revoked'],
    'Revoked after the receipt': ['rejected', 'status/revoked'],
    'The receipt of before': ['accepted'],
    'As of before': ['accepted'],
  });
  expect(story.sharing).toEqual({
    delegates: 3,
    approvalsNeeded: 2,
    approvals: 2,
    namesAfterFirst: 0,
    namesReleased: 3,
    namesProven: 3,
  });
  expect(JSON.parse(JSON.stringify(toSummary(story, { startMs: 1000.4, tookMs: 2000 })))).toMatchObject({
    coops: 5,
    credentials: 7,
    startMs: 1000,
    sharing: story.sharing,
    outcomes: story.outcomes.map(({ what, result, reasons }) => ({ what, result, reasons })),
  });
  expect(text).toContain('/representation: the latest check is refuted');
  expect(text).toMatch(/Digest {5}[\w-]{43}\n {5}Salt/);
  expect(text).toMatch(/ScreeningCredential +field_changed +\/screening\/result +at once/);
  expect(text).toMatch(/KycDossierCredential +field_changed +\/screening +in 30 days/);
  expect(text).toContain('contested: /credentialSubject/memberCount, since ');
  expect(text).toMatch(/The first delegate approves +1 of 2 +nothing/);
  expect(text).toMatch(/The second delegate approves +2 of 2 +3 names/);
  expect(text).toMatch(/\/officers\/2\/fullName +Cleo Example/);
  expect(text).toMatch(/TOLD +[\d.]+ m?s {2}credential\.revoked: KycDossierCredential/);
  expect(text).toContain('key pass, signature pass');
  expect(text).toMatch(/since then: credential\.revoked at \d{4}-/);
  expect(text).not.toMatch(/\u001b/);
});

test('a verdict other than the expected one ends it, and says what was expected', async () => {
  const told = tell({
    coops: register.slice(5, 10),
    emailDomain: 'second.example',
    expectations: { revoked: { verdict: 'accepted' } },
  });
  await expect(told).rejects.toThrow('Revoked: expected accepted, got rejected for status/revoked.');
});

test('the right verdict for another reason is not the expected one', () => {
  const report: Report = {
    verdict: 'rejected',
    verifiedAt: '2026-11-20T09:00:00.000Z',
    checks: [{ check: 'signature', outcome: 'fail', code: 'signature/invalid', detail: '' }],
  };
  const expected = { verdict: 'rejected', reason: 'status/revoked' } as const;
  expect(() => requireVerdict('Revoked', report, expected)).toThrow(
    'Revoked: expected rejected for status/revoked, got rejected for signature/invalid.',
  );
});

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const MINUTE_MS = 60_000;

test.each([
  ['signed with the secret', SECRET, 0, true],
  ['signed with another', OTHER, 0, false],
  ['of long ago', SECRET, 6 * MINUTE_MS, false],
])(
  'what is delivered %s is believed only where it is that of the service',
  async (_name, secret, age, isBelieved) => {
    const receiver = await startReceiver();
    try {
      const body = JSON.stringify({ id: 'one', type: 'credential.revoked', data: {} });
      const at = new Date(Date.now() - age);
      const headers = {
        'webhook-id': 'one',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('one', at, body),
      };
      expect((await fetch(receiver.url, { method: 'POST', headers, body })).status).toBe(204);
      const told = receiver.receive(SECRET);
      if (isBelieved) expect(await told).toMatchObject({ type: 'credential.revoked' });
      else await expect(told).rejects.toThrow('A webhook came whose signature is not that of the service.');
    } finally {
      await receiver.close();
    }
  },
);
