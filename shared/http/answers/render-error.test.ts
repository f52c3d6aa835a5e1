import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import { formats } from './formats.ts';
import { renderError } from './render-error.ts';

const details = [
  { path: 'rules[0].pattern', message: 'is <too> long' },
  { path: 'name', message: 'is taken' },
];
const error = new AppError('VALIDATION_FAILED', 'Not & so', { details });
const render = (accept: string | undefined, format = formats.standard) =>
  renderError(error, { requestId: 'req-1', now: new Date('2026-11-20T12:00:00Z'), accept, format });

describe('an error', () => {
  test('is JSON if Accept names JSON', () => {
    const { contentType, body } = render('application/json');
    expect(contentType).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      success: false,
      error: { code: 'VALIDATION_FAILED', message: 'Not & so', details },
      request_id: 'req-1',
    });
  });

  test('is XML otherwise, with the status as code', () => {
    const { contentType, body } = render('*/*');
    expect(contentType).toBe('application/xml; charset=utf-8');
    expect(new XMLParser().parse(body)).toMatchObject({
      error: {
        code: 422,
        message: 'Not & so',
        reason: 'VALIDATION_FAILED',
        timestamp: '2026-11-20T12:00:00.000Z',
        request_id: 'req-1',
        details: { detail: details },
      },
    });
  });

  test('has no details element without details', () => {
    const plain = renderError(new AppError('NOT_FOUND', 'Toy not found'), {
      requestId: 'req-1',
      now: new Date(),
      accept: undefined,
      format: undefined,
    });
    expect(plain.body).not.toContain('details');
  });

  test('has an object as details in the bare format, with its facts and violations', () => {
    const denied = new AppError('CALL_LIMIT', 'Not allowed', { facts: { reason: 'SPEND_LIMIT' } });
    const detailsOf = (of: AppError): unknown => {
      const { body } = renderError(of, {
        requestId: 'req-1',
        now: new Date(0),
        accept: '*/*',
        format: formats.bare,
      });
      return JSON.parse(body);
    };
    expect(detailsOf(denied)).toEqual({
      error: { code: 'CALL_LIMIT', message: 'Not allowed', details: { reason: 'SPEND_LIMIT', request_id: 'req-1' } },
    });
    expect(detailsOf(error)).toEqual({
      error: { code: 'VALIDATION_FAILED', message: 'Not & so', details: { violations: details, request_id: 'req-1' } },
    });
  });

  test.each([undefined, 'application/xml', 'application/json'])(
    'has the form of its response format, whatever Accept says: %s',
    (accept) => {
      const { contentType, body } = render(accept, formats.voipbin);
      expect([contentType, JSON.parse(body)]).toEqual([
        'application/json',
        { error: 'validation_failed', message: 'Not & so', request_id: 'req-1' },
      ]);
    },
  );
});
