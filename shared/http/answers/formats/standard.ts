import type { Page } from '../../../dynamodb/page.ts';
import type { DataAnswer, PageAnswer } from '../answer.ts';
import type { ResponseFormat } from './format.ts';

/** `message`, `warnings` and the figures of a page, if there are any. */
export const remarks = ({ message, warnings, figures }: DataAnswer): Record<string, unknown> => ({
  ...(figures === undefined ? {} : figuresOf(figures)),
  ...(message === undefined ? {} : { message }),
  ...(warnings === undefined || warnings.length === 0 ? {} : { warnings }),
});

/** The figures of a list (shared/http/README.md, "Lists"). */
export const listFigures = ({ page, beside }: PageAnswer): Record<string, unknown> => ({
  ...figuresOf(page),
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
