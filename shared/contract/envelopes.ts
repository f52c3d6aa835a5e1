import * as z from 'zod';
import type { ResponseFormatName } from './response-formats.ts';

/**
 * The envelopes of the response formats as schemas, for the OpenAPI document and the typed client.
 * `shared/http/answers/formats/` renders them; a test compares the two.
 */
export type Envelope = {
  /** @param isPaged whether the figures of a page may be next to the data (`pagesData`) */
  readonly success: (content: z.ZodType, isPaged?: boolean) => z.ZodType;
  /** @param name the field of the list, if the format uses one */
  readonly list: (item: z.ZodType, name: string) => z.ZodType;
  /** The format's own JSON error. Without one an error is the standard JSON, or XML by `Accept`. */
  readonly error?: z.ZodType;
  /** The data of an answer's body. */
  readonly dataOf: (body: unknown) => unknown;
  readonly itemsOf: (body: unknown, name: string) => unknown;
};

const fields = (body: unknown): Readonly<Record<string, unknown>> => Object(body) as Record<string, unknown>;

const remarks = {
  message: z.string().optional().meta({ description: 'What the request has done (PUT, POST and DELETE)' }),
  warnings: z
    .array(z.string())
    .optional()
    .meta({ description: 'Sentences about accepted input that may have unexpected effects' }),
};

const figures = {
  total: z.number().int().meta({ description: 'Number of matches, counted up to 1,000 (10,000 with `count=true`)' }),
  limit: z.number().int().meta({ description: 'Largest number of items on a page' }),
  offset: z.number().int().meta({ description: 'Number of matches before the page' }),
  next_page_token: z.string().meta({ description: '`page_token` of the next page; empty on the last page' }),
  total_capped: z.literal(true).optional().meta({ description: 'There may be more matches than `total`' }),
};

const figuresIfAny = z.object(figures).partial().shape;

const success = z.literal(true);

const standard: Envelope = {
  success: (content, isPaged = false) =>
    z.object({ success, ...remarks, ...(isPaged ? figuresIfAny : {}), data: content }),
  list: (item) => z.object({ success, data: z.array(item), ...figures }),
  dataOf: (body) => fields(body)['data'],
  itemsOf: (body) => fields(body)['data'],
};

const status = z.literal('success');

export const envelopes: Readonly<Record<ResponseFormatName, Envelope>> = {
  standard,
  reference: {
    ...standard,
    success: (content) => z.object({ status, success, ...remarks, data: content }),
    list: (item) => z.object({ status, success, data: z.array(item), ...figures }),
  },
  dialplan: {
    success: (content) => z.intersection(z.object({ success, ...remarks }), content),
    list: (item, name) => z.object({ success, ...figures, [name]: z.array(item) }),
    dataOf: (body) => body,
    itemsOf: (body, name) => fields(body)[name],
  },
  voipbin: {
    success: (content) => content,
    list: (item) => z.object({ result: z.array(item), next_page_token: figures.next_page_token }),
    error: z.object({ error: z.string(), message: z.string(), request_id: z.string() }).meta({ id: 'voipbin-error' }),
    dataOf: (body) => body,
    itemsOf: (body) => fields(body)['result'],
  },
};

/** An error in JSON. */
export const JsonError = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.string().meta({ description: 'Stable code of the error' }),
      message: z.string().meta({ description: 'A sentence for people; may change' }),
      details: z
        .array(z.object({ path: z.string(), message: z.string() }))
        .meta({ description: 'Every violation, with the path of its field (`rules[0].pattern`)' }),
    }),
    request_id: z.string().meta({ description: 'Id of the request, as in `X-Request-Id`' }),
  })
  .meta({ id: 'error' });

/** An error in XML, for requests whose `Accept` does not name JSON. */
export const XmlError = z
  .object({
    code: z.number().int().meta({ description: 'HTTP status' }),
    message: z.string().meta({ description: 'A sentence for people; may change' }),
    reason: z.string().meta({ description: 'Stable code of the error' }),
    timestamp: z.iso.datetime(),
    request_id: z.string(),
    details: z.object({ detail: z.array(z.object({ path: z.string(), message: z.string() })) }).optional(),
  })
  .meta({ id: 'error-xml', xml: { name: 'error' } });
