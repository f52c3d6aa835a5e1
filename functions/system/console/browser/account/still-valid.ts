import type { components } from '#openapi';
import { t } from '../texts/texts.ts';

/** What an answer says about a new password; that about the secret of a service account says nothing of it. */
type Changed = object | { readonly still_valid: components['schemas']['RemainingAccess'] } | undefined;

/** What still works for a person after a new password, as a text; null: nothing does. */
export function stillValidAfter(changed: Changed): string | null {
  if (changed === undefined || !('still_valid' in changed)) return null;
  const { access_keys: keys, devices, phone_lines: lines } = changed.still_valid;
  const phones = devices + lines;
  return keys + phones === 0
    ? null
    : t('Still valid without the password: access keys: {keys}, phones: {phones}.', { keys, phones });
}
