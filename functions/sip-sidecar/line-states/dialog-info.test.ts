import { XMLParser } from 'fast-xml-parser';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWellFormed } from '#test/support/well-formed.ts';
import type { LineDialog } from '#sidecar/line-command.ts';
import { orderDialogs, printLineDocument, type LineDocument } from './dialog-info.ts';

const ringing: LineDialog = {
  id: 'call_1-b1',
  direction: 'recipient',
  state: 'early',
  remote: { user: '201', name: 'Ann "A&B" <x>' },
};
const documentOf = (more: Partial<LineDocument> = {}): LineDocument => ({
  extension: '204',
  domain: 'pbx.example.com',
  version: 3,
  dialogs: [ringing],
  showsParties: true,
  ...more,
});

test('a document has the full state of a line, and the other party of a call (RFC 4235 §4)', () => {
  expect(printLineDocument(documentOf())).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="3" state="full"' +
      ' entity="sip:204@pbx.example.com">' +
      '<dialog id="call_1-b1" direction="recipient"><state>early</state>' +
      '<local><identity>sip:204@pbx.example.com</identity></local>' +
      '<remote><identity display="Ann &quot;A&amp;B&quot; &lt;x&gt;">sip:201@pbx.example.com</identity></remote>' +
      '</dialog></dialog-info>',
  );
});

test('a watcher that may not see the other parties sees nothing of them', () => {
  const text = printLineDocument(documentOf({ showsParties: false }));
  expect([text.includes('<remote>'), /201|Ann/.test(text), text.includes('<state>early</state>')]).toEqual([
    false,
    false,
    true,
  ]);
});

test('a withheld party is not shown to anyone', () => {
  expect(printLineDocument(documentOf({ dialogs: [{ ...ringing, remote: null }] }))).not.toContain('<remote>');
});

test('a slot names the dialog by which a key fetches its call, and nothing of its party', () => {
  const parked = { id: 'call_1-park', direction: 'recipient', state: 'confirmed', remote: null } as const;
  expect(printLineDocument(documentOf({ extension: 'park/701', dialogs: [parked] }))).toContain(
    '<dialog id="call_1-park" call-id="call_1-park" local-tag="701" remote-tag="parked" direction="recipient">' +
      '<state>confirmed</state><local>',
  );
});

test('a line without calls has one that is terminated', () => {
  expect(printLineDocument(documentOf({ dialogs: [] }))).toContain(
    '<dialog id="204"><state>terminated</state></dialog>',
  );
});

test('an extension of star and hash is escaped in URIs', () => {
  expect(printLineDocument(documentOf({ extension: '*7#', dialogs: [] }))).toContain(
    'entity="sip:*7%23@pbx.example.com"',
  );
});

test('a talking call comes before one that rings, and each call once', () => {
  const talking = { ...ringing, id: 'call_2-a', state: 'confirmed' } as const;
  const dialing = { ...ringing, id: 'call_0-a', state: 'trying' } as const;
  expect(orderDialogs([dialing, ringing, talking, ringing]).map(({ id }) => id)).toEqual([
    'call_2-a',
    'call_1-b1',
    'call_0-a',
  ]);
});

const anyText = fc.string({ unit: 'binary' });
const anyDialog = fc.record({
  id: fc.stringMatching(/^[a-z0-9_-]{1,40}$/),
  direction: fc.constantFrom('initiator', 'recipient'),
  state: fc.constantFrom('trying', 'early', 'confirmed'),
  remote: fc.option(fc.record({ user: anyText, name: anyText })),
});

test('whatever parties call themselves, the document is well-formed, bounded, and names them only if allowed', () => {
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'dialog' });
  fc.assert(
    fc.property(fc.array(anyDialog, { maxLength: 12 }), fc.boolean(), fc.nat(), (dialogs, showsParties, version) => {
      const text = printLineDocument(documentOf({ dialogs, showsParties, version }));
      expect(isWellFormed(text)).toBe(true);
      const { 'dialog-info': root } = parser.parse(text) as {
        'dialog-info': { '@_version': string; dialog: { '@_id': string; remote?: object }[] };
      };
      expect(root['@_version']).toBe(String(version));
      const ids = root.dialog.map((each) => each['@_id']);
      expect([new Set(ids).size, ids.length >= 1 && ids.length <= 6]).toEqual([ids.length, true]);
      if (!showsParties) expect(root.dialog.some(({ remote }) => remote !== undefined)).toBe(false);
    }),
  );
});
