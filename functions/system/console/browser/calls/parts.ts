import { t } from '../texts/texts.ts';
import type { Part } from '../resources/definitions.ts';

/** What there is of a call beside its records. */
export const callParts: readonly Part[] = [
  {
    ...{ kind: 'list', title: t('Events'), route: 'GET /events/{entity+}', listAt: ['data', 'events'] },
    columns: ['timestamp', 'type', 'event_id'],
  },
];
