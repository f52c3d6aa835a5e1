import { expect, test } from 'vitest';
import { cascadeAfter } from './consequences.ts';
import { records, reports, type Effect } from './effects.ts';
import { eventCatalogueOf } from './event-catalogue.ts';
import { scheduled } from './resource.ts';

const declaring = (effects: readonly Effect[]) =>
  scheduled('jobs', {
    area: 'system',
    effects,
    cascades: [cascadeAfter('org.closed', [records('trunk.deleted')])],
    timeout: 1,
    everyMinutes: 1,
  });

test('the catalogue has what contracts and their cascades write, each type once, and what starts cascades', () => {
  const contracts = [declaring([reports('call.answered'), records('org.closed')]), declaring([records('org.closed')])];
  expect(eventCatalogueOf(contracts)).toEqual({
    audited: ['org.closed', 'trunk.deleted'],
    state: ['call.answered'],
    cascades: ['org.closed'],
  });
});

test('a type that is audited for one contract and not for another is an error', () => {
  expect(() => eventCatalogueOf([declaring([reports('trunk.deleted')])])).toThrow('trunk.deleted');
});
