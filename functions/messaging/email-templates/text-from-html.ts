import { compile } from 'html-to-text';
import { Parser } from 'htmlparser2';
import { AppError } from '#errors.ts';

/** The text of an e-mail that has only HTML: block elements become lines, links `text (url)`. */

/** Elements inside one another: a bound for the time and the stack that reading them takes. */
const maxDepth = 100;

const convert = compile({
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { linkBrackets: ['(', ')'], hideLinkHrefIfSameAsText: true } },
    ...['head', 'img', 'title', 'textarea'].map((selector) => ({ selector, format: 'skip' })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ...['p', 'pre'].map((selector) => ({ selector, options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } })),
  ],
  limits: { maxDepth: maxDepth + 10 },
});

/** @throws AppError INVALID_TEMPLATE */
function assertShallow(html: string): void {
  let depth = 0;
  const parser = new Parser({
    onopentag: () => {
      depth += 1;
      if (depth > maxDepth)
        throw new AppError('INVALID_TEMPLATE', `The HTML has more than ${maxDepth} elements inside one another`);
    },
    onclosetag: () => {
      depth -= 1;
    },
  });
  parser.end(html);
}

/** @throws AppError INVALID_TEMPLATE for HTML that is nested too deep */
export function textFromHtml(html: string): string {
  assertShallow(html);
  return `${convert(html).trim()}\n`;
}
