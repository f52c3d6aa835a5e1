import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { contextDocument, switchPattern, switchPhrase, switchText } from './freeswitch.ts';

describe('text', () => {
  const oddText = fc.oneof(
    anyText(),
    fc
      .array(
        fc.constantFrom(
          '$',
          '{',
          '}',
          '${',
          '|',
          ',',
          '[',
          ']',
          '<',
          '>',
          ':_:',
          '^^',
          '\\',
          "'",
          '"',
          '&',
          ' ',
          '\n',
          'a',
          '1',
          '%',
          '_',
          ':',
          'é',
        ),
      )
      .map((parts) => parts.join('')),
  );

  test('is neither expanded nor split by FreeSWITCH', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        expect(switchText(text)).toMatch(/^[A-Za-z0-9*#+._@/:;=?&%~!-]*$/);
        expect(switchText(text)).not.toContain(':_:');
        expect(switchPhrase(text)).toMatch(/^[A-Za-z0-9*#+._@/:;=?&%~! -]*$/);
      }),
    );
  });

  test('without special characters is unchanged', () => {
    for (const text of ['sofia/gateway/pstn/+12125550100', 'user/204@sip.example.com', 'sip:a@b;transport=tls?x=1'])
      expect(switchText(text)).toBe(text);
    expect(switchText(':_:_:')).toBe(':%5F:%5F:');
    expect(switchText(`a|b,\${c} {d}é`)).toBe('a%7Cb%2C%24%7Bc%7D%20%7Bd%7D%C3%A9');
  });
});

describe('a pattern', () => {
  test.each([
    ['^9([0-9]{10})$', '^9([0-9]{10})$'],
    ['_9X.', '(?:)_9X.'],
    ['/9/i', '(?:)/9/i'],
    [`9\${2}`, '9(?:$){2}'],
    [`9\\\${x}`, '9\\x24{x}'],
    [`9\\\\\${x}`, '9\\\\(?:$){x}'],
  ])('%s keeps its meaning', (pattern, expected) => {
    expect(switchPattern(pattern)).toBe(expected);
  });

  test('contains nothing that FreeSWITCH expands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', '{', '}', '\\', 'a', '_', '/')).map((parts) => parts.join('')),
        (pattern) => {
          expect(switchPattern(pattern)).not.toContain('${');
        },
      ),
    );
  });

  test('an extension continues with the next on request', () => {
    const {
      document: { section },
    } = contextDocument('org_1001', [{ name: 'rule-1', continues: true, pattern: '.', actions: [] }]);
    expect(section.context.extension[0]).toMatchObject({ '@continue': 'true' });
  });
});
