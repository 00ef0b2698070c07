import { AppError } from '../kernel/errors.js';

/** Words for the terminal: what went wrong, without a stack. */
export function explainError(error: unknown): string {
  if (error instanceof AppError) return [error.detail, ...explainFields(error)].join('\n');
  // PostgreSQL that does not answer on any of a name's addresses gives one of these, without a message of its own.
  if (error instanceof AggregateError) return error.errors.map(explainError).join('\n');
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return 'Something failed without saying why.';
}

function explainFields(error: AppError): string[] {
  return (error.options.errors ?? []).map(({ pointer, detail }) => `  ${pointer} ${detail}`);
}
