import { AppError, type ErrorDetail } from '#errors.ts';
import type { TemplateParts, Variable } from '#schema/email-template.ts';
import {
  Budget,
  escapeNothing,
  propertyOf,
  writeTemplate,
  type Escape,
  type Values as TemplateValues,
} from '#schema/template-interpreter.ts';
import { parseTemplate, TemplateFault, textPositionOf, type Node } from '#schema/template-syntax.ts';
import { messagingErrors } from '../schema/errors.ts';
import type { HtmlNode } from './html-contexts.ts';
import { safeAddress } from './html-rules.ts';

/** Parts of templates with values, and the one that is a text message, too. */

export type Part = 'subject' | 'html' | 'text';

/** Values by name, as JSON. */
export type Values = TemplateValues;

/**
 * One part of an e-mail.
 * @throws AppError INVALID_TEMPLATE beyond a limit; VALIDATION_FAILED for a value that the template cannot write
 */
export const renderNodes = (nodes: readonly HtmlNode[], values: Values, escape: Escape, budget: Budget): string =>
  writeTemplate(nodes, values, { escape, address: safeAddress }, budget);

/** What a part is made of. @throws AppError INVALID_TEMPLATE, with line and column */
export function readPart<T>(part: Part, source: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { line, column } = textPositionOf(source, error.at);
    const message = `line ${line}, column ${column}: ${error.message}`;
    throw new AppError('INVALID_TEMPLATE', `${part}, ${message}`, { details: [{ path: part, message }] });
  }
}

/** The paths outside of all blocks. */
export const plainPaths = (nodes: readonly Node[]): readonly string[] =>
  nodes.flatMap((node) => (node.kind === 'value' && node.path.parts !== '@index' ? [node.path.parts.join('.')] : []));

const valueAt = (values: Values, path: string): unknown =>
  path.split('.').reduce<unknown>((value, part) => propertyOf(value, part), values);

const isMissing = (values: Values, path: string): boolean => (valueAt(values, path) ?? null) === null;

/** The values with one more, at a path; unchanged if something else is in its way. */
function withValue(values: Values, [first = '', ...others]: readonly string[], value: unknown): Values {
  if (others.length === 0) return { ...values, [first]: value };
  const inner = propertyOf(values, first) ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) return values;
  return { ...values, [first]: withValue({ ...inner }, others, value) };
}

/** The values, with the defaults of those that are absent. */
export const withDefaults = (values: Values, variables: readonly Variable[]): Values =>
  variables.reduce(
    (all, { name, default: value }) =>
      value !== undefined && isMissing(all, name) ? withValue(all, name.split('.'), value) : all,
    values,
  );

/** @throws AppError MISSING_REQUIRED_VARIABLE, with the names */
export function assertGiven(values: Values, names: readonly string[]): void {
  const details = [...new Set(names)]
    .filter((name) => name !== '' && isMissing(values, name))
    .map((name): ErrorDetail => ({ path: `variables.${name}`, message: 'is required by the template' }));
  if (details.length === 0) return;
  const missing = details.map(({ path }) => path.slice('variables.'.length)).join(', ');
  throw new AppError(messagingErrors.MISSING_REQUIRED_VARIABLE, `The template requires: ${missing}`, { details });
}

/** A template without a text part is none for text messages. */
export type TextTemplate = Pick<TemplateParts, 'variables'> & { readonly text: string };

/**
 * The text part of a template, with values, as a text message. What is required is as in an e-mail.
 * @throws AppError as {@link renderEmail}
 */
export function renderText({ text, variables }: TextTemplate, given: Values): string {
  const nodes = readPart('text', text, () => parseTemplate(text));
  const values = withDefaults(given, variables);
  const required = variables.filter((variable) => variable.required).map(({ name }) => name);
  assertGiven(values, [...required, ...plainPaths(nodes)]);
  return renderNodes(nodes, values, escapeNothing, new Budget()).trim();
}
