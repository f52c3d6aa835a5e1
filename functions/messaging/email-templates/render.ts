import { compile } from 'html-to-text';
import { Parser } from 'htmlparser2';
import { AppError, invalidParameter } from '#errors.ts';
import type { TemplateParts } from '#schema/email-template.ts';
import { escapeHtml } from '#schema/markup.ts';
import { Budget, escapeNothing } from '#schema/template-interpreter.ts';
import { parseTemplate } from '#schema/template-syntax.ts';
import { readHtml } from './html-contexts.ts';
import { assertGiven, plainPaths, readPart, renderNodes, withDefaults, type Part, type Values } from './text-part.ts';

/** The text of an e-mail that has only HTML: block elements become lines, links `text (url)`. */

/** Elements inside one another: a bound for the time and the stack that reading them takes. */
const maxElementDepth = 100;

const convert = compile({
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { linkBrackets: ['(', ')'], hideLinkHrefIfSameAsText: true } },
    ...['head', 'img', 'title', 'textarea'].map((selector) => ({ selector, format: 'skip' })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ...['p', 'pre'].map((selector) => ({ selector, options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } })),
  ],
  limits: { maxDepth: maxElementDepth + 10 },
});

/** @throws AppError INVALID_TEMPLATE */
function assertShallow(html: string): void {
  let depth = 0;
  const parser = new Parser({
    onopentag: () => {
      depth += 1;
      if (depth > maxElementDepth)
        throw new AppError('INVALID_TEMPLATE', `The HTML has more than ${maxElementDepth} elements inside one another`);
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

/** The parts of a template, and e-mails made from them (functions/messaging/README.md, "Templates"). */

export type RenderedEmail = { readonly subject: string; readonly html: string; readonly text: string };

/** The nodes of the parts. @throws AppError INVALID_TEMPLATE */
function readParts({ subject, html, text }: Omit<TemplateParts, 'variables'>) {
  const parse = (part: Part, source: string) => readPart(part, source, () => parseTemplate(source));
  const nodes = { subject: parse('subject', subject), html: parse('html', html) };
  return {
    ...nodes,
    text: text === null ? null : parse('text', text),
    marked: readPart('html', html, () => readHtml(nodes.html, html)),
  };
}

/** @throws AppError INVALID_TEMPLATE, with line and column */
export function assertTemplate(parts: Omit<TemplateParts, 'variables'>): void {
  readParts(parts);
}

// Control characters, and the line ends U+2028 and U+2029: a line end would end the header.
const notInHeaders = /[\p{Cc}\u2028\u2029]+/gu;

/** Characters of a subject with its values. */
const maxSubject = 500;

/** @throws AppError INVALID_TEMPLATE */
function oneLine(subject: string): string {
  const line = subject.replaceAll(notInHeaders, ' ').trim();
  if (line.length > maxSubject)
    throw new AppError('INVALID_TEMPLATE', `The subject would have more than ${maxSubject} characters`);
  return line;
}

/**
 * The e-mail of a template and values. A path that is used outside of blocks and has no default is required, and so is
 * a variable that says so.
 * @throws AppError INVALID_TEMPLATE, also beyond a limit; MISSING_REQUIRED_VARIABLE; VALIDATION_FAILED for a list or an
 *   object that is to be written as text
 */
export function renderEmail(template: TemplateParts, given: Values): RenderedEmail {
  const { subject, html, text, marked } = readParts(template);
  const values = withDefaults(given, template.variables);
  const required = template.variables.filter((variable) => variable.required).map(({ name }) => name);
  assertGiven(values, [...required, ...[subject, html, text ?? []].flatMap(plainPaths)]);
  const budget = new Budget();
  const rendered = renderNodes(marked, values, escapeHtml, budget);
  return {
    subject: oneLine(renderNodes(subject, values, escapeNothing, budget)),
    html: rendered,
    text: text === null ? textFromHtml(rendered) : renderNodes(text, values, escapeNothing, budget),
  };
}

/** `?preview=`: the variables of a preview, as JSON. */

/** Objects and lists inside one another, the variables themselves included. */
const maxValueDepth = 5;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether a value has at most so many levels of objects and lists. */
function isShallow(value: unknown, levels: number): boolean {
  if (!isObject(value)) return true;
  return levels > 0 && Object.values(value).every((inner: unknown) => isShallow(inner, levels - 1));
}

const isValues = (value: unknown): value is Values => isObject(value) && !Array.isArray(value);

/** @throws AppError INVALID_PARAMETER */
export function previewVariables(json: string): Values {
  const values = parse(json);
  if (!isValues(values)) throw invalidParameter('preview', 'must be a JSON object of variables');
  if (!isShallow(values, maxValueDepth))
    throw invalidParameter('preview', `must be nested at most ${maxValueDepth} deep`);
  return values;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
