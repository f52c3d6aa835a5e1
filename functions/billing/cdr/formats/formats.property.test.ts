import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { readRecord } from '../../cdr-ingest/cdr.ts';
import { CdrMapping } from '../../schema/cdr-mapping.ts';
import { maxRecords, type ReadOptions } from './foreign-record.ts';
import { cdrFormatNames, cdrFormats } from './formats.ts';

/** Files of switches with a few characters changed, cut off or doubled. */

const document = JSON.stringify({
  variables: {
    uuid: '77e3b4f2-cac1-4724-81f6-f1cd5e01770c',
    start_uepoch: '1657097403370590',
    answer_uepoch: '1657097404230498',
    end_uepoch: '1657097407610447',
    sip_call_id: 'i87a2%40192.0.2.64',
    rtp_audio_in_mos: 4.5,
  },
  callflow: [{ caller_profile: { caller_id_number: '1001', destination_number: '1294' } }],
});
const line =
  '"","1001","1002","from-trunk","""Ann"" <1001>","SIP/1","","Dial","","2026-11-15 23:51:15","2026-11-15 23:51:15",' +
  '"2026-11-15 23:51:20",5,5,"ANSWERED","DOCUMENTATION","1231977075.0",""';
const files = [document, `cdr=${encodeURIComponent(document)}`, `[${document}]`, `${document}\n${document}`, line];

const mapping = CdrMapping.parse({
  name: 'Lines',
  columns: Array.from({ length: 18 }, (_each, at) => `c${at + 1}`),
  fields: { caller: 'c2', callee: 'c3', start_time: 'c10', answer_time: 'c11', end_time: 'c12', duration: 'c13' },
});

const options: fc.Arbitrary<ReadOptions> = fc.record({
  zone: fc.constantFrom(undefined, 'UTC', 'Europe/Berlin'),
  columns: fc.constantFrom(undefined, ['uuid', 'start', '__proto__']),
  legs: fc.constantFrom('a', 'b'),
  mapping: fc.constant(mapping),
});

/** A change of a text: characters at a place are replaced. */
const change = fc.record({
  at: fc.nat(),
  without: fc.nat(40),
  put: fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('"', '\n', '\r\n', ',', '{', ']', '\\u0000', '%', '\uFEFF', 'nan', '99999999999999999999'),
  ),
});
const changed = fc.tuple(fc.constantFrom(...files), fc.array(change, { maxLength: 4 })).map(([file, changes]) =>
  changes.reduce((text, { at, without, put }) => {
    const place = text.length === 0 ? 0 : at % text.length;
    return text.slice(0, place) + put + text.slice(place + without);
  }, file),
);

test.each(cdrFormatNames)(
  'a mutated file of %s is read without a throw, and each of its lines has an outcome',
  (name) => {
    const property = fc.property(changed, options, (text, given) => {
      const records = cdrFormats[name].read(text, given);
      for (const each of records) if ('record' in each) readRecord(each.record, 1001);
      const lines = text
        .replace(/^\uFEFF/, '')
        .split(/\r\n|\n|\r/)
        .filter((each) => each.trim() !== '');
      if (name === 'freeswitch_csv' || name === 'csv') expect(records).toHaveLength(lines.length);
      else expect(records.length > 0 || lines.length === 0 || text.trim() === '[]').toBe(true);
    });
    fc.assert(property, { numRuns: runs(300) });
  },
);

test.each(cdrFormatNames)('a file of %s with too many lines is read to the first that is too many', (name) => {
  const text = Array.from({ length: 5 * maxRecords }, () => '{}').join('\n');
  expect(cdrFormats[name].read(text, { zone: 'UTC', columns: undefined, legs: 'a', mapping })).toHaveLength(
    maxRecords + 1,
  );
});
