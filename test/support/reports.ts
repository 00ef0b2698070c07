import { expect } from 'vitest';
import { CREDENTIAL_CHECKS, type CheckCode } from '../../src/credentials/verification/checks.js';
import type { CredentialReport } from '../../src/credentials/verification/report.js';
import type { VerificationSources } from '../../src/credentials/verification/sources.js';
import { verifyCredential } from '../../src/credentials/verification/verifyCredential.js';
import { NOW, registrarKey, type World } from './issuer.js';

/** Verifying in the in-memory world, and saying what a report must give as its reason. */
export const HEADER = { alg: 'ES256', typ: 'vc+jwt', kid: registrarKey.kid };

export function verify(token: unknown, world: World, now = NOW): Promise<CredentialReport> {
  return verifyCredential(token, { now, sources: world.sources });
}

export function withSources(world: World, sources: Partial<VerificationSources>): World {
  return { ...world, sources: { ...world.sources, ...sources } };
}

export function codesOf(report: CredentialReport): string[] {
  return report.checks.map(({ code }) => code);
}

/** The report is complete, names this reason, and has the verdict. */
export function expectReason(
  report: CredentialReport,
  code: CheckCode,
  verdict: CredentialReport['verdict'],
): void {
  expect(codesOf(report)).toContain(code);
  expect(report.verdict).toBe(verdict);
  expect(report.checks.map(({ check }) => check)).toEqual(CREDENTIAL_CHECKS);
}
