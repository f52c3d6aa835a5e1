import * as z from 'zod';
import { omit } from '../schema/omit.ts';
import type { Endpoint } from './endpoint.ts';
import { listFigureNames, type ResponseFormatName } from './response-formats.ts';

/**
 * The envelopes of the response formats as schemas, for the OpenAPI document and the typed client.
 * `shared/http/answers/formats.ts` renders them; a test compares the two.
 */
export type Envelope = {
  /** @param endpoint what it declares of a list in the data */
  readonly success: (content: z.ZodType, endpoint?: Pick<Endpoint, 'pagesData' | 'listField'>) => z.ZodType;
  /** @param name the field of the list, if the format uses one @param beside fields next to the list */
  readonly list: (item: z.ZodType, name: string, beside?: Readonly<Record<string, z.ZodType>>) => z.ZodType;
  /** The format's own JSON error. Without one an error is the standard JSON, or XML by `Accept`. */
  readonly error?: z.ZodType;
  /** Its code is the text of `error`, in lower case; else it is `error.code`. */
  readonly isErrorFlat?: true;
  /** The data of an answer's body. */
  readonly dataOf: (body: unknown) => unknown;
  readonly itemsOf: (body: unknown, name: string) => unknown;
};

const fields = (body: unknown): Readonly<Record<string, unknown>> => Object(body) as Record<string, unknown>;

const Warnings = z.array(z.string()).meta({
  id: 'Warnings',
  description:
    'Sentences about accepted input: what may have unexpected effects, and up to 20 fields and parameters that are ' +
    'unknown and have no effect, with the nearest known name',
});

const remarks = {
  message: z.string().optional().meta({ description: 'Result of the request (PUT, POST and DELETE)' }),
  warnings: Warnings.optional(),
};

const figures = {
  total: z.number().int().meta({ description: 'Number of matches, counted up to 1,000 (10,000 with `count=true`)' }),
  limit: z.number().int().meta({ description: 'Largest number of items on a page' }),
  offset: z.number().int().meta({ description: 'Number of matches before the page' }),
  next_page_token: z.string().meta({ description: '`page_token` of the next page; empty on the last page' }),
  warnings: Warnings.optional(),
  total_capped: z.literal(true).optional().meta({ description: 'There may be more matches than `total`' }),
};

const figuresIfAny = z.object(figures).partial().shape;

const success = z.literal(true).meta({ description: 'The request succeeded' });
const listed = (item: z.ZodType) => z.array(item).meta({ description: 'The items of the page' });

/** The schema of an answer, with an example made from that of its content, if it has one. */
function withExample(schema: z.ZodType, content: z.ZodType, wrap: (example: unknown) => object): z.ZodType {
  const example = content.meta()?.['example'];
  return example === undefined ? schema : schema.meta({ example: wrap(example) });
}

/** The figures of a list with one item. */
const exampleFigures = { total: 1, limit: 50, offset: 0, next_page_token: '' };

/** An envelope with the content in `data`. @param first the fields before it */
const inData = (first: Readonly<Record<string, z.ZodType>>, example: object): Pick<Envelope, 'success' | 'list'> => ({
  success: (content, { pagesData = false } = {}) =>
    withExample(
      z.object({ ...first, ...remarks, ...(pagesData ? figuresIfAny : {}), data: content }),
      content,
      (each) => ({ ...example, data: each }),
    ),
  list: (item, _name, beside = {}) =>
    withExample(z.object({ ...first, data: listed(item), ...figures, ...beside }), item, (each) => ({
      ...example,
      data: [each],
      ...exampleFigures,
      ...Object.fromEntries(Object.entries(beside).map(([name, schema]) => [name, schema.meta()?.['example']])),
    })),
});

const standard: Envelope = {
  ...inData({ success }, { success: true }),
  dataOf: (body) => fields(body)['data'],
  itemsOf: (body) => fields(body)['data'],
};

const Violations = z
  .array(
    z.object({
      path: z.string().meta({ description: 'Path of the field; empty for the whole body' }),
      message: z.string().meta({ description: 'A sentence for people; may change' }),
    }),
  )
  .meta({ description: 'Every violation, with the path of its field (`source.number`)' });

const BareError = z
  .object({
    error: z
      .object({
        code: z.string().meta({ description: 'Stable code of the error' }),
        message: z.string().meta({ description: 'A sentence for people; may change' }),
        details: z
          .looseObject({
            violations: Violations.optional(),
            request_id: z.string().meta({ description: 'Id of the request, for support' }),
          })
          .meta({ description: 'Facts about the error, such as `reason`' }),
      })
      .meta({ description: 'Description of the fault' }),
  })
  .meta({ id: 'bare-error' });

const status = z.literal('success').meta({ description: 'The request succeeded' });

/** The schema of data with a page of a list, in the form of a list. */
function listInData(content: z.ZodType, field: string): z.ZodType {
  if (content instanceof z.ZodUnion)
    return z.union((content.options as readonly z.ZodType[]).map((option) => listInData(option, field)));
  const shape: Readonly<Record<string, z.ZodType>> = content instanceof z.ZodObject ? content.shape : {};
  const { [field]: items } = shape;
  if (items === undefined) return content;
  const { next_page_token, warnings } = figures;
  return z.object({ result: items, next_page_token, warnings, ...omit(shape, field, ...listFigureNames) });
}

export const envelopes: Readonly<Record<ResponseFormatName, Envelope>> = {
  standard,
  reference: {
    ...standard,
    ...inData({ status, success }, { status: 'success', success: true }),
  },
  dialplan: {
    success: (content) => z.intersection(z.object({ success, ...remarks }), content),
    list: (item, name) => z.object({ success, ...figures, [name]: listed(item) }),
    dataOf: (body) => body,
    itemsOf: (body, name) => fields(body)[name],
  },
  voipbin: {
    success: (content, { listField } = {}) => (listField === undefined ? content : listInData(content, listField)),
    list: (item, _name, beside = {}) =>
      z.object({
        result: listed(item),
        next_page_token: figures.next_page_token,
        warnings: figures.warnings,
        ...beside,
      }),
    error: z.object({ error: z.string(), message: z.string(), request_id: z.string() }).meta({ id: 'voipbin-error' }),
    isErrorFlat: true,
    dataOf: (body) => body,
    itemsOf: (body) => fields(body)['result'],
  },
  bare: {
    success: (content) => content,
    list: (item, name) =>
      withExample(z.object({ [name]: listed(item), ...figures }), item, (each) => ({
        [name]: [each],
        ...exampleFigures,
      })),
    error: BareError,
    dataOf: (body) => body,
    itemsOf: (body, name) => fields(body)[name],
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
