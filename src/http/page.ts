import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** HTML that is safe to send: made by {@link html} only, so that no text of anybody's can become markup. */
export class Html {
  private constructor(readonly text: string) {}

  static of(strings: readonly string[], values: readonly HtmlValue[]): Html {
    return new Html(strings.reduce((text, part, index) => text + write(values[index - 1] ?? '') + part));
  }
}

export type HtmlValue = string | number | Html | readonly Html[];

/** A template of HTML in which every value that is text is escaped, for elements and for quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(strings, values);
}

function write(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { line-height: 1.2 }
dt { font-weight: 600 }
dd { margin: 0 0 .75rem }
section { border-top: 1px solid; padding: .5rem 0 }
code { overflow-wrap: anywhere }
button { font: inherit; padding: .5rem 1.25rem }
`;
/** Nothing but the one style and forms that come back here. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** An instant (RFC 3339, UTC) for people. */
export function readable(instant: string): string {
  return `${instant.slice(0, 10)}, ${instant.slice(11, 16)} UTC`;
}

/** A browser asks for HTML by name; everybody else gets JSON. */
export function wantsPage(request: FastifyRequest, reply: FastifyReply): boolean {
  void reply.header('vary', 'accept');
  return request.accepts().type(['application/json', 'text/html']) === 'text/html';
}

export function sendPage(reply: FastifyReply, title: string, body: Html): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    .send(
      html`<!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>${title} – Coop Passport</title>
            ${styleElement}
          </head>
          <body>
            <h1>${title}</h1>
            ${body}
          </body>
        </html> `.text,
    );
}

const styleElement = Html.of([`<style>${STYLE}</style>`], []);

/** What opens with a code that a link holds: kept by nobody, found by no search engine, and told to no page that it leads to. */
export function sayNothingOfLink(reply: FastifyReply): void {
  void reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-robots-tag', 'noindex, nofollow');
}
