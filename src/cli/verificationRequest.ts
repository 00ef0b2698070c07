import type { CredentialReport, PresentationReport } from '../credentials/verification/report.js';

export type Report = {
  readonly id?: string;
  readonly asOf?: string;
  readonly since?: readonly Since[];
  readonly receipt?: string;
} & (CredentialReport | PresentationReport);

/** What was learned after the instant that a report is of. */
export interface Since {
  readonly code: string;
  readonly at: string;
  readonly detail: string;
}

/** What only who signs in may ask for. */
export interface SignedInOptions {
  readonly asOf?: string;
  readonly receipt?: true;
}

export type Submission =
  | { readonly credential: string; readonly fields?: unknown }
  | { readonly presentation: string; readonly audience: string; readonly nonce: string };

const TIMEOUT_MS = 60_000;

/** Asks a running service to verify. Rejects, with words for the terminal, when it gives no report. */
export async function requestVerification(
  service: URL,
  submission: Submission & SignedInOptions,
  accessToken?: string,
): Promise<Report> {
  const answer = await post(new URL('/v1/verifications', service), submission, accessToken);
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.status === 200 && isReport(body)) return body;
  const problem = describeProblem(body);
  throw new Error(
    problem === undefined
      ? `${service.origin} answered ${answer.status}, and not as Coop Passport does. Is the address right?`
      : `${service.origin} refused the request: ${problem}`,
  );
}

async function post(url: URL, body: object, accessToken: string | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify(body),
      // A verdict from elsewhere than where it was asked for is none, and a token is for one service only.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new Error(`${url.origin} cannot be reached${causeOf(error)}. Is the service running?`, {
      cause: error,
    });
  }
}

/** The system's code, such as ECONNREFUSED; fetch itself says no more than that it failed. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return ' in time';
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  const reason = cause?.code ?? cause?.message;
  return typeof reason === 'string' ? ` (${reason})` : '';
}

/** The least that a verdict rests on; a newer service may say more. */
function isReport(value: unknown): value is Report {
  const { verdict, checks } = (value ?? {}) as { verdict?: unknown; checks?: unknown };
  return (
    (verdict === 'accepted' || verdict === 'rejected' || verdict === 'undetermined') &&
    Array.isArray(checks) &&
    checks.every(isCheckResult)
  );
}

function isCheckResult(value: unknown): boolean {
  const { outcome, code, detail } = (value ?? {}) as Record<string, unknown>;
  return [outcome, code, detail].every((part) => typeof part === 'string');
}

/** RFC 9457. */
function describeProblem(body: unknown): string | undefined {
  const { title, detail, errors } = (body ?? {}) as { title?: unknown; detail?: unknown; errors?: unknown };
  if (typeof title !== 'string') return undefined;
  const fields = Array.isArray(errors) ? (errors as { pointer?: unknown; detail?: unknown }[]) : [];
  return [
    typeof detail === 'string' ? `${title}. ${detail}` : title,
    ...fields.map((field) => `  ${String(field.pointer)} ${String(field.detail)}`),
  ].join('\n');
}
