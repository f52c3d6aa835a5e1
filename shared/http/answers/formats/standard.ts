import type { Page } from '#dynamodb/page.ts';
import type { DataAnswer, PageAnswer } from '../answer.ts';
import type { ResponseFormat } from './format.ts';

/** `message`, `warnings` and the figures of a page, if there are any. */
export const remarks = ({ message, warnings, figures }: DataAnswer): Record<string, unknown> => ({
  ...(figures === undefined ? {} : figuresOf(figures)),
  ...(message === undefined ? {} : { message }),
  ...warningsOf({ warnings }),
});

const warningsOf = ({ warnings = [] }: { readonly warnings?: readonly string[] | undefined }) =>
  warnings.length === 0 ? {} : { warnings };

/** An object without an envelope, with the warnings beside its fields, after those that it has itself. */
export function withWarnings(fields: unknown, { warnings = [] }: Pick<DataAnswer, 'warnings'>): unknown {
  if (warnings.length === 0 || typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fields;
  const own = 'warnings' in fields && Array.isArray(fields.warnings) ? (fields.warnings as readonly unknown[]) : [];
  return { ...fields, warnings: [...own, ...warnings] };
}

/** The figures of a list (shared/http/README.md, "Lists"). */
export const listFigures = ({ page, beside, warnings }: PageAnswer): Record<string, unknown> => ({
  ...figuresOf(page),
  ...warningsOf({ warnings }),
  ...beside,
});

const figuresOf = ({
  total,
  limit,
  offset,
  nextToken,
  capped,
}: Omit<Page<unknown>, 'items'>): Record<string, unknown> => ({
  total,
  limit,
  offset,
  next_page_token: nextToken,
  ...(capped ? { total_capped: true } : {}),
});

/** `{"success":true,"data":…}`. */
export const standard: ResponseFormat = {
  success: (answer) => ({ success: true, ...remarks(answer), data: answer.data }),
  list: (answer) => ({ success: true, data: answer.page.items, ...listFigures(answer) }),
};
