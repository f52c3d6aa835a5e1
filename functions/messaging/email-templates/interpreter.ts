import {
  writeTemplate,
  type Budget,
  type Escape,
  type Values as TemplateValues,
} from '#schema/template-interpreter.ts';
import type { HtmlNode } from './html-contexts.ts';
import { safeAddress } from './html-rules.ts';

/** Parts of e-mails from templates and values. */

/** Values by name, as JSON. */
export type Values = TemplateValues;

/**
 * One part of an e-mail.
 * @throws AppError INVALID_TEMPLATE beyond a limit; VALIDATION_FAILED for a value that the template cannot write
 */
export const renderNodes = (nodes: readonly HtmlNode[], values: Values, escape: Escape, budget: Budget): string =>
  writeTemplate(nodes, values, { escape, address: safeAddress }, budget);
