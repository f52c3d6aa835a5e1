import type { EventCatalogue } from '#schema/event-catalogue.ts';
import { assetsOf } from './assets.fixture.ts';

/** A catalogue with the types that tests of functions name, without the contracts that declare all. */
const exampleCatalogue: EventCatalogue = {
  audited: [
    ...['email.unsuppressed', 'org.closed', 'sms.optout', 'trunk.created', 'trunk.deleted', 'trunk.updated'],
    ...['user.created', 'user.updated'],
  ],
  state: ['call.answered', 'call.hangup', 'device.registered', 'sms.delivered', 'trunk.registered', 'webhook.test'],
  cascades: ['org.closed', 'trunk.deleted'],
};

/** What the build puts beside the functions that check types of events. */
export const catalogueAssets = assetsOf({ 'event-catalogue.json': exampleCatalogue });
