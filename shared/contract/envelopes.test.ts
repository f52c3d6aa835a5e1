import * as z from 'zod';
import { expect, test } from 'vitest';
import type { Page } from '../dynamodb/page.ts';
import { AppError } from '../errors.ts';
import { created, page } from '../http/answers/answer.ts';
import { formats } from '../http/answers/formats.ts';
import { renderError } from '../http/answers/render-error.ts';
import { envelopes, JsonError } from './envelopes.ts';
import { responseFormatNames } from './response-formats.ts';

const Toy = z.object({ id: z.string(), name: z.string() });
const toy = { id: 'toy_1', name: 'Bear' };
const found: Page<typeof toy> = { items: [toy, toy], total: 2, capped: true, limit: 50, offset: 0, nextToken: 'more' };

/** The body that a client receives. */
const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test.each(responseFormatNames)('%s: a success matches its envelope, which describes every field', (format) => {
  const body = sent(formats[format].success(created(toy, { message: 'Toy created', warnings: ['it squeaks'] })));
  expect(envelopes[format].success(Toy.extend({ warnings: z.array(z.string()).optional() })).parse(body)).toEqual(body);
  expect(body).toMatchObject({ warnings: ['it squeaks'] });
  expect(envelopes[format].dataOf(body)).toMatchObject(toy);
});

test.each(responseFormatNames)('%s: a list matches its envelope, which describes every field', (format) => {
  const body = sent(formats[format].list({ ...page(found), warnings: ['it squeaks'] }, 'toys'));
  expect(envelopes[format].list(Toy, 'toys').parse(body)).toEqual(body);
  expect(envelopes[format].itemsOf(body, 'toys')).toEqual([toy, toy]);
});

test('voipbin: data with a page of a list match the envelope of a list', () => {
  const content = z.union([z.object({ toys: z.array(Toy), total: z.int(), shop: z.string() }), Toy]);
  const envelope = envelopes.voipbin.success(content, { listField: 'toys' });
  const bodyOf = (fields: object): unknown => sent(formats.voipbin.success(created(fields), 'toys'));
  const list = bodyOf({ toys: [toy], total: 1, shop: 'Bear & Co' });
  expect(envelope.parse(list)).toEqual(list);
  expect(list).toEqual({ result: [toy], next_page_token: '', shop: 'Bear & Co' });
  expect(envelope.parse(bodyOf(toy))).toEqual(toy);
});

test.each(responseFormatNames)('%s: an error matches its envelope', (format) => {
  const error = new AppError('VALIDATION_FAILED', 'name is taken', {
    details: [{ path: 'name', message: 'is taken' }],
  });
  const { body } = renderError(error, {
    requestId: 'req',
    now: new Date(0),
    accept: 'application/json',
    format: formats[format],
  });
  expect((envelopes[format].error ?? JsonError).parse(JSON.parse(body))).toEqual(JSON.parse(body));
});
