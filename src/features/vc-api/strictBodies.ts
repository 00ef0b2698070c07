import { parseStrictJson } from '../../credentials/encoding/strictJson.js';
import type { Server } from '../../http/server.js';
import { AppError } from '../../kernel/errors.js';

/**
 * Bodies whose credentials are signed or verified as the values that they are: JSON of one meaning (no member twice, no half of a surrogate
 * pair, bounded depth and number of values), since of two equal members one reader would take the first and another the last.
 */
export function parseBodiesStrictly(server: Server): void {
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const parsed = parseStrictJson(body);
    if (parsed) done(null, parsed.value);
    else {
      done(
        new AppError(
          'request/malformed-json',
          'The body is not one JSON document in UTF-8 of bounded depth and size, or has a member twice.',
        ),
      );
    }
  });
}
