import type { ErrorCode } from '../kernel/errors.js';
import { kind, type ProblemKind } from './problemKind.js';

type ApplicationCode = Extract<ErrorCode, `applications/${string}`>;

export const APPLICATION_PROBLEMS: Readonly<Record<ApplicationCode, ProblemKind>> = {
  'applications/dossier-incomplete': kind(
    409,
    'The dossier lacks what the credential says',
    'Fill in the fields that `errors` names, then apply.',
  ),
  'applications/already-open': kind(
    409,
    'Such an application is open',
    'Wait for its decision, or withdraw it first.',
  ),
  'applications/already-decided': kind(
    409,
    'The application is decided',
    'Look at it; apply anew if you want another decision.',
  ),
  'applications/dossier-changed': kind(
    409,
    'Another version is under review',
    'Look at what changed (GET …/dossier-difference), then check or decide on that version.',
  ),
  'applications/not-in-review': kind(
    409,
    'The application is not in review',
    'Take it into review with a check or an assignee; a decision needs that.',
  ),
  'applications/wrong-state': kind(
    409,
    'Not possible in this state',
    'Look at the status of the application and at the table of states in the documentation.',
  ),
  'applications/checks-missing': kind(
    409,
    'Required checks are missing',
    'Record a confirmed check for every field that `errors` names.',
  ),
  'applications/own-organisation': kind(
    403,
    'Nobody decides on their own organisation',
    'Apply to another registrar, or let somebody decide who is not a member of the applicant.',
  ),
  'applications/not-accredited': kind(
    403,
    'Not accredited for this',
    'The network accredits registrars by credential type and jurisdiction; GET /v1/registrars says who is.',
  ),
  'applications/assurance-too-high': kind(
    403,
    'Beyond the accreditation',
    'The checks give a higher assurance level than this registrar is accredited for.',
  ),
  'applications/already-claimed': kind(
    409,
    'Somebody else has taken it on',
    'Ask `assigneeId` for it, or send `handOver: true` to take it over all the same; that stands in the audit trail.',
  ),
  'applications/second-reviewer-required': kind(
    403,
    'Two persons decide on this',
    'Let another person of your organisation, and no machine client, look at the proposal and confirm it.',
  ),
  'applications/proposal-ended': kind(
    409,
    'There is no such proposal any more',
    'Read the application again: the proposal was decided on, taken back, or fell because a check was recorded.',
  ),
  'applications/proposal-differs': kind(
    409,
    'Something else was proposed',
    'Confirm exactly what was proposed, or take the proposal back first and propose anew.',
  ),
  'applications/settings-version-required': kind(
    428,
    'Say which version you change',
    'GET the review settings and send their ETag as If-Match.',
  ),
  'applications/settings-version-stale': kind(
    412,
    'The review settings have changed since',
    'GET them again, apply your change to the newest version, and send its ETag.',
  ),
};
