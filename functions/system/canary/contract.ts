import { readsSecret } from '#contract/effects.ts';
import { scheduled } from '#contract/resource.ts';

/**
 * Each minute: uses the API and SIP from outside, as a client does. What no other alarm sees, such as an expired
 * certificate or a record that is gone, makes it fail.
 */
export const canary = scheduled('canary', {
  area: 'system',
  everyMinutes: 1,
  effects: [readsSecret('canary')],
  timeout: 60,
});
