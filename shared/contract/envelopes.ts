import * as z from 'zod';
import type { ResponseFormatName } from './response-formats.ts';

/**
 * What each face puts around an answer, as schemas: for the OpenAPI document and the typed client.
 * `shared/http/faces/` renders the same; a test holds the two together.
 */
export type Envelope = {
  /** `isPaged`: a page's figures may stand beside the data (`pagesData`). */
  readonly success: (content: z.ZodType, isPaged?: boolean) => z.ZodType;
  /** `name`: under which the items stand where the document names them. */
  readonly list: (item: z.ZodType, name: string) => z.ZodType;
  /** The document's own error form, always JSON; absent: the standard JSON, or XML by Accept. */
  readonly error?: z.ZodType;
  /** The data of an answer's body. */
  readonly dataOf: (body: unknown) => unknown;
  readonly itemsOf: (body: unknown, name: string) => unknown;
};

const fields = (body: unknown): Readonly<Record<string, unknown>> => Object(body) as Record<string, unknown>;

const remarks = {
  message: z.string().optional().meta({ description: 'What was done, on PUT, POST and DELETE' }),
  warnings: z.array(z.string()).optional().meta({ description: 'What was accepted but may surprise' }),
};

const figures = {
  total: z.number().int().meta({ description: 'Matches, counted up to 1,000 (`count=true`: 10,000)' }),
  limit: z.number().int(),
  offset: z.number().int(),
  next_page_token: z.string().meta({ description: 'Goes on behind this page; empty on the last' }),
  total_capped: z.literal(true).optional().meta({ description: 'More may match than `total` says' }),
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

/** An error in JSON (auth.md, "Errors"). */
export const JsonError = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.string().meta({ description: 'Stable' }),
      message: z.string().meta({ description: 'A sentence for a person' }),
      details: z
        .array(z.object({ path: z.string(), message: z.string() }))
        .meta({ description: 'Every violation; `path` as `rules[0].pattern`' }),
    }),
    request_id: z.string(),
  })
  .meta({ id: 'error' });

/** The same in XML: what `Accept` gets that does not name JSON. */
export const XmlError = z
  .object({
    code: z.number().int().meta({ description: 'The status' }),
    message: z.string(),
    reason: z.string().meta({ description: 'The stable code' }),
    timestamp: z.iso.datetime(),
    request_id: z.string(),
    details: z.object({ detail: z.array(z.object({ path: z.string(), message: z.string() })) }).optional(),
  })
  .meta({ id: 'error-xml', xml: { name: 'error' } });
