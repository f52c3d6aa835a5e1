import type { DataAnswer, PageAnswer } from '../answer.ts';
import type { Face } from './face.ts';

/** `message` and `warnings` beside the data, where there are any. */
export const remarks = ({ message, warnings }: DataAnswer): Record<string, unknown> => ({
  ...(message === undefined ? {} : { message }),
  ...(warnings === undefined || warnings.length === 0 ? {} : { warnings }),
});

/** Figures of a list, beside its items (auth.md, "Lists"). */
export const listFigures = ({ page, beside }: PageAnswer): Record<string, unknown> => ({
  total: page.total,
  limit: page.limit,
  offset: page.offset,
  next_page_token: page.nextToken,
  ...(page.capped ? { total_capped: true } : {}),
  ...beside,
});

/** New endpoints and seed 001: `{"success":true,"data":…}`. */
export const standard: Face = {
  success: (answer) => ({ success: true, ...remarks(answer), data: answer.data }),
  list: (answer) => ({ success: true, data: answer.page.items, ...listFigures(answer) }),
};
