import { expect, test } from 'vitest';
import { Field, Headers } from '../headers.ts';
import { readReason, reasonHeaders } from './reason.ts';

const read = (value: string) => readReason(new Headers([new Field('Reason', 'reason', value)]));

test('names the SIP status and the Q.850 cause', () => {
  const [field] = reasonHeaders({ status: 200, q850: 16, text: 'Call "completed"' });
  expect(field?.value).toBe('SIP;cause=200;text="Call \\"completed\\"", Q.850;cause=16;text="Call \\"completed\\""');
  expect([...reasonHeaders({ text: 'x' })]).toEqual([]);
});

test('is read back, in any letters', () => {
  expect(read('q.850;cause=17;text="Busy", sip ;cause=486')).toEqual({ status: 486, q850: 17, text: 'Busy' });
});

test('leaves out what cannot be read', () => {
  expect([
    read('Q.850;cause=128'),
    read('Q.850;cause=x'),
    read('X;cause=1'),
    read(';;;'),
    readReason(Headers.none),
  ]).toEqual([{}, {}, {}, {}, {}]);
});
