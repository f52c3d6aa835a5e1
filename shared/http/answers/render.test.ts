import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { endpoint, listOf, noContent, raw } from '../../contract/endpoint.ts';
import type { ResponseFormatName } from '../../contract/response-formats.ts';
import { created, document, nothing, ok, page, type Answer } from './answer.ts';
import { formats } from './formats.ts';
import { gatewayResult, InvalidResponse, renderAnswer } from './render.ts';

const Toy = z.object({ id: z.string(), price: z.number() });
const spec = { summary: 'Toy', scope: 'any', errors: [], effects: [] } as const;
const getToy = endpoint('GET /toys/{id}', {
  ...spec,
  params: { id: z.string() },
  answers: { 200: Toy, 201: Toy },
  alsoAnswers: raw(['application/xml']),
});
const listToys = endpoint('GET /toys', { ...spec, answers: { 200: listOf(Toy, 'toys') } });
const bodyOf = (
  of: typeof getToy | typeof listToys,
  answer: Answer,
  format: ResponseFormatName = 'standard',
): unknown => JSON.parse(renderAnswer(of, answer, formats[format]).body);

const toy = { id: 'toy_1', price: 1.5 };
const onePage = { items: [toy], total: 12, capped: false, limit: 50, offset: 0, nextToken: 'next' };

test('an answer without content has no body and no content type, and only where the contract declares one', () => {
  const deleteToy = endpoint('DELETE /toys/{id}', {
    ...spec,
    params: { id: z.string() },
    answers: { 204: noContent },
  });
  expect(renderAnswer(deleteToy, nothing, formats.bare)).toEqual({ status: 204, headers: {}, body: '' });
  expect(() => renderAnswer(getToy, nothing, formats.bare)).toThrow(InvalidResponse);
});

describe('a success has its response format', () => {
  test.each<[ResponseFormatName, unknown]>([
    ['standard', { success: true, message: 'made', warnings: ['mind'], data: toy }],
    ['reference', { status: 'success', success: true, message: 'made', warnings: ['mind'], data: toy }],
    ['dialplan', { success: true, message: 'made', warnings: ['mind'], ...toy }],
    ['voipbin', { ...toy, warnings: ['mind'] }],
    ['bare', { ...toy, warnings: ['mind'] }],
  ])('%s', (format, body) => {
    expect(bodyOf(getToy, created(toy, { message: 'made', warnings: ['mind'] }), format)).toEqual(body);
  });

  test.each<[ResponseFormatName, unknown]>([
    ['standard', { success: true, data: [toy], total: 12, limit: 50, offset: 0, next_page_token: 'next', unread: 3 }],
    [
      'reference',
      {
        status: 'success',
        success: true,
        data: [toy],
        total: 12,
        limit: 50,
        offset: 0,
        next_page_token: 'next',
        unread: 3,
      },
    ],
    ['dialplan', { success: true, toys: [toy], total: 12, limit: 50, offset: 0, next_page_token: 'next', unread: 3 }],
    ['voipbin', { result: [toy], next_page_token: 'next', unread: 3 }],
    ['bare', { toys: [toy], total: 12, limit: 50, offset: 0, next_page_token: 'next', unread: 3 }],
  ])('a list has its response format: %s', (format, body) => {
    expect(bodyOf(listToys, page(onePage, { unread: 3 }), format)).toEqual(body);
  });

  test('data with a page of a list is a list where all lists are alike', () => {
    const Shop = z.object({ name: z.string(), toys: z.array(Toy) });
    const shops = endpoint('GET /shops', {
      ...spec,
      answers: { 200: z.union([Shop.extend({ next_page_token: z.string(), total: z.int() }), Shop, Toy]) },
      listField: 'toys',
    });
    const shown = (fields: object, figures?: typeof onePage) =>
      JSON.parse(
        renderAnswer(shops, ok(fields, figures === undefined ? {} : { figures }), formats.voipbin).body,
      ) as unknown;
    const shop = { name: 'Bear & Co', toys: [toy] };
    const list = { result: [toy], next_page_token: 'next', name: 'Bear & Co' };
    expect(shown({ ...shop, next_page_token: 'next', total: 12 })).toEqual(list);
    expect(shown(shop, onePage)).toEqual(list);
    expect(shown(shop)).toEqual({ ...list, next_page_token: '' });
    expect(shown(toy)).toEqual(toy);
    expect(JSON.parse(renderAnswer(shops, ok(shop), formats.standard).body)).toEqual({ success: true, data: shop });
  });

  test('a list says when its total is capped', () => {
    expect(bodyOf(listToys, page({ ...onePage, capped: true }))).toMatchObject({ total_capped: true });
    expect(bodyOf(listToys, page(onePage))).not.toHaveProperty('total_capped');
  });

  test('an answer has neither message nor warnings unless there are any', () => {
    expect(bodyOf(getToy, ok(toy, { warnings: [] }))).toEqual({ success: true, data: toy });
  });
});

describe('an answer follows its contract', () => {
  test('fields that the contract does not name are removed', () => {
    expect(bodyOf(getToy, ok({ ...toy, password: 'x' }))).toEqual({ success: true, data: toy });
    expect(bodyOf(listToys, page({ ...onePage, items: [{ ...toy, password: 'x' }] }))).toMatchObject({ data: [toy] });
  });

  test.each<[string, () => unknown]>([
    ['a value of the wrong type', () => bodyOf(getToy, ok({ id: 'toy_1', price: 'dear' }))],
    ['a wrong item of a list', () => bodyOf(listToys, page({ ...onePage, items: [{ id: 1 }] }))],
    ['a status that is not declared', () => bodyOf(getToy, { kind: 'data', status: 202, data: toy })],
    ['a list where data is declared', () => bodyOf(getToy, page(onePage))],
    ['data where a list is declared', () => bodyOf(listToys, ok(toy))],
  ])('%s is never sent', (_title, render) => {
    expect(render).toThrow(InvalidResponse);
  });

  test('the error names paths, never values', () => {
    expect(() => bodyOf(getToy, ok({ id: 'toy_1', price: 'hunter2' }))).toThrow('GET /toys/{id}: price invalid_type');
  });
});

test('a version is sent as a strong ETag, and a document without an envelope', () => {
  expect(renderAnswer(getToy, ok(toy, { version: 3 }), formats.standard).headers).toMatchObject({
    ETag: '"3"',
    'Content-Type': 'application/json',
  });
  expect(renderAnswer(getToy, document('application/xml', '<toy/>', { ETag: '"4"' }), formats.standard)).toEqual({
    status: 200,
    headers: { ETag: '"4"', 'Content-Type': 'application/xml' },
    body: '<toy/>',
  });
});

test('every answer has security headers, its request id, and no-store by default', () => {
  const plain = gatewayResult({ status: 200, headers: {}, body: '' }, 'req-1', {});
  expect(plain.headers).toMatchObject({
    'X-Content-Type-Options': 'nosniff',
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'Cache-Control': 'no-store',
    'X-Request-Id': 'req-1',
  });
  expect(
    gatewayResult({ status: 200, headers: {}, body: '' }, 'req-1', { 'Cache-Control': 'public, max-age=300' }).headers,
  ).toMatchObject({ 'Cache-Control': 'public, max-age=300' });
});
