import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { storedResource } from '#contract/resource.ts';
import { stored } from '#contract/stored.ts';
import { IdInUrl } from '#schema/values.ts';
import { cdrMappingFields } from '../schema/cdr-mapping.ts';
import { SampleLines, TriedLines } from './sample.ts';

export const cdrMapping = stored('cdrmapping', {
  noun: 'column mapping',
  area: 'billing',
  path: '/cdr/mappings',
  prefix: 'cdrmap',
  description:
    'A mapping says what the columns of a CSV file mean: `POST /cdr/{id}?format=csv&mapping=` reads lines by it. ' +
    'Fields without a column, a constant or a default are absent in the records. An organization has at most 100 ' +
    'mappings.',
  fields: cdrMappingFields,
  limit: 100,
  owner: 'organization',
  onClosed: 'delete',
  example: {
    name: 'Head office',
    delimiter: ';',
    fields: {
      call_id: 'historyid',
      caller: 'from-no',
      callee: 'to-no',
      start_time: 'time-start',
      answer_time: 'time-answered',
      end_time: 'time-end',
      duration: 'duration',
      reason: 'reason-terminated',
    },
    constants: { direction: 'outbound' },
    time_pattern: 'yyyy/MM/dd HH:mm:ss',
    time_zone: 'Europe/Berlin',
    duration_unit: 'clock',
  },
});

export const testColumnMapping = endpoint('POST /cdr/mappings/{id}/test', {
  id: 'testColumnMapping',
  summary: 'Read sample lines by a column mapping',
  description: 'Files nothing. `POST /cdr/{id}` with `dry_run` also says what the records would cost.',
  scope: 'billing:read',
  params: { id: IdInUrl.describe('Id of the column mapping') },
  body: SampleLines,
  answers: { 200: TriedLines },
  errors: [],
  actsOn: { none: 'a sample' },
  effects: [reads('cdrmapping')],
});

export const cdrMappings = storedResource('cdr-mappings', cdrMapping, {
  format: 'standard',
  endpoints: [testColumnMapping],
});
