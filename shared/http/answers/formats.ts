import { listFigureNames, type ResponseFormatName } from '../../contract/response-formats.ts';
import type { Problem } from '../../errors.ts';
import { omit } from '../../schema/omit.ts';
import { minute, second } from '../../schema/time.ts';
import type { Page } from '../../dynamodb/page.ts';
import type { DataAnswer, PageAnswer } from './answer.ts';

/** How answers are wrapped. A contract names its format; no handler knows it. */
export type ResponseFormat = {
  /** @param listField the field of the data that is a page of a list, if the contract names one */
  readonly success: (answer: DataAnswer, listField?: string) => unknown;
  /** @param name the name of the list, if the format uses one */
  readonly list: (answer: PageAnswer, name: string) => unknown;
  /** The format's own JSON error. Without one an error is JSON or XML by `Accept`. */
  readonly error?: (error: Problem, requestId: string) => unknown;
  /** Seconds of `Retry-After` in a 429 whose error names none: in this format every 429 has the header. */
  readonly retryAfter?: number;
};

/** `message`, `warnings` and the figures of a page, if there are any. */
const remarks = ({ message, warnings, figures }: DataAnswer): Record<string, unknown> => ({
  ...(figures === undefined ? {} : figuresOf(figures)),
  ...(message === undefined ? {} : { message }),
  ...warningsOf({ warnings }),
});

const warningsOf = ({ warnings = [] }: { readonly warnings?: readonly string[] | undefined }) =>
  warnings.length === 0 ? {} : { warnings };

/** An object without an envelope, with the warnings beside its fields, after those that it has itself. */
function withWarnings(fields: unknown, { warnings = [] }: Pick<DataAnswer, 'warnings'>): unknown {
  if (warnings.length === 0 || typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fields;
  const own = 'warnings' in fields && Array.isArray(fields.warnings) ? (fields.warnings as readonly unknown[]) : [];
  return { ...fields, warnings: [...own, ...warnings] };
}

/** The figures of a list (shared/http/README.md, "Lists"). */
const listFigures = ({ page, beside, warnings }: PageAnswer): Record<string, unknown> => ({
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
const standard: ResponseFormat = {
  success: (answer) => ({ success: true, ...remarks(answer), data: answer.data }),
  list: (answer) => ({ success: true, data: answer.page.items, ...listFigures(answer) }),
};

/**
 * The bare object; a list under its name; errors always JSON. Their document has `error` only, with `details` as an
 * open object, which is where the id of the request has a place.
 */
const bare: ResponseFormat = {
  success: (answer) => withWarnings(answer.data, answer),
  list: (answer, name) => ({ [name]: answer.page.items, ...listFigures(answer) }),
  error: ({ code, message, details, facts }, requestId) => ({
    error: {
      code,
      message,
      details: { ...facts, ...(details.length === 0 ? {} : { violations: details }), request_id: requestId },
    },
  }),
};

/** `{"success":true,…}`: the fields themselves, without `data`. */
const dialplan: ResponseFormat = {
  success: ({ warnings, ...answer }) =>
    withWarnings({ success: true, ...remarks(answer), ...(answer.data as object) }, { ...(warnings && { warnings }) }),
  list: (answer, name) => ({ success: true, ...listFigures(answer), [name]: answer.page.items }),
};

/** `{"status":"success","success":true,"data":…}`. */
const reference: ResponseFormat = {
  success: (answer) => ({ status: 'success', success: true, ...remarks(answer), data: answer.data }),
  list: (answer) => ({ status: 'success', success: true, data: answer.page.items, ...listFigures(answer) }),
};

type DataWithList = Readonly<Record<string, unknown>> & {
  readonly next_page_token?: string;
  readonly pagination?: { readonly next_page_token?: string };
};

/** Data with a page of a list, in the form of a list; data without one is unchanged. Its figures are left out. */
function listInData({ data, figures }: DataAnswer, field: string): unknown {
  const fields = Object(data) as DataWithList;
  const { [field]: items, next_page_token, pagination } = fields;
  if (!Array.isArray(items)) return data;
  return {
    result: items,
    next_page_token: figures?.nextToken ?? next_page_token ?? pagination?.next_page_token ?? '',
    ...omit(fields, field, ...listFigureNames),
  };
}

/** The bare object; a list as `result`; errors always JSON, with the code in lower case and with facts beside it. */
const voipbin: ResponseFormat = {
  success: (answer, listField) =>
    withWarnings(listField === undefined ? answer.data : listInData(answer, listField), answer),
  list: ({ page, beside, ...answer }) =>
    withWarnings({ result: page.items, next_page_token: page.nextToken, ...beside }, answer),
  error: ({ code, message, facts }, requestId) => ({
    error: code.toLowerCase(),
    message,
    ...facts,
    request_id: requestId,
  }),
  retryAfter: minute / second,
};

export const formats: Readonly<Record<ResponseFormatName, ResponseFormat>> = {
  standard,
  dialplan,
  reference,
  voipbin,
  bare,
};
