import type { MessageKind } from '../../../adapters/database/deskTables.js';
import type { FieldError } from '../../../kernel/errors.js';
import type { MessageId, OrganisationId } from '../../../kernel/ids.js';

export interface SaidMessage {
  readonly id: MessageId;
  readonly organisationId: OrganisationId;
  readonly kind: MessageKind;
  readonly answers?: MessageId;
}

/** The questions that the side which was asked has not answered. */
export function openQuestions<Message extends SaidMessage>(messages: readonly Message[]): Message[] {
  const answered = new Set(messages.flatMap(({ answers }) => answers ?? []));
  return messages.filter(({ id, kind }) => kind === 'question' && !answered.has(id));
}

/**
 * What is wrong with a message, if anything: an answer names a question that the other side asked in the same conversation. Where both
 * sides are one organisation, it answers itself.
 */
export function findFault(
  said: {
    readonly kind?: MessageKind | undefined;
    readonly answers?: string | undefined;
    readonly by: OrganisationId;
  },
  messages: readonly SaidMessage[],
  sides: readonly OrganisationId[],
): FieldError | undefined {
  const { kind, answers, by } = said;
  if (kind === 'answer' && answers === undefined)
    return { pointer: '/answers', detail: 'is required of an answer' };
  if (answers === undefined) return undefined;
  if (kind !== undefined && kind !== 'answer')
    return { pointer: '/kind', detail: 'must be "answer" where `answers` is given' };
  const question = messages.find(({ id }) => id === answers);
  const isTheirs =
    question?.kind === 'question' && (question.organisationId !== by || new Set(sides).size === 1);
  return isTheirs
    ? undefined
    : { pointer: '/answers', detail: 'names no question of the other side in this application' };
}
