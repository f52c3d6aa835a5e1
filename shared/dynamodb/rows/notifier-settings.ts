import type { NotifierSettings } from '../../schema/notifier/notifier-settings.ts';
import { row } from '../row.ts';

/** `bespoke#1001`: the notifier's settings of an organization. */
export const notifierSettingsRow = row<'bespoke', NotifierSettings, object>('bespoke', { sort: () => 'notifier' });
