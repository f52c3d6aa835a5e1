import { describe, expect, test } from 'vitest';
import { prefersJson, prefersJsonToHtml, prefersXml } from './accept.ts';

describe('an error is JSON', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON; charset=utf-8',
    'application/problem+json',
    'application/xml;q=0.9, application/json;q=0.9',
    'text/html, application/json;q=0.1',
    'application/xml;q=0.5,application/json',
    '*/*, application/json;q=0.001',
  ])('to %j', (accept) => {
    expect(prefersJson(accept)).toBe(true);
  });

  test.each([
    undefined,
    '',
    '*/*',
    'text/html',
    'application/*',
    'application/xml',
    'application/json;q=0',
    'application/json;q=0.4, application/xml;q=0.5',
    'text/xml, application/json;q=0.9',
    'application/json;q=nonsense',
    ';;,,;q=',
    'application/jsonp',
  ])('but XML to %j', (accept) => {
    expect(prefersJson(accept)).toBe(false);
  });
});

describe('data is XML', () => {
  test.each(['application/xml', 'text/xml', 'application/soap+xml', 'application/json;q=0.5, text/xml'])(
    'to %j',
    (accept) => {
      expect(prefersXml(accept)).toBe(true);
    },
  );

  test.each([undefined, '*/*', 'application/json', 'application/json, application/xml', 'application/xml;q=0'])(
    'but JSON to %j',
    (accept) => {
      expect(prefersXml(accept)).toBe(false);
    },
  );
});

describe('a page is JSON', () => {
  test.each(['application/json', 'application/json, text/html;q=0.9', 'text/html, application/json'])(
    'to %j',
    (accept) => {
      expect(prefersJsonToHtml(accept)).toBe(true);
    },
  );

  test.each([
    undefined,
    '*/*',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'text/html, application/json;q=0.9',
  ])('but HTML to %j', (accept) => {
    expect(prefersJsonToHtml(accept)).toBe(false);
  });
});
