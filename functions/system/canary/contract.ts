import { scheduled } from '#contract/resource.ts';

/**
 * Each minute: asks the API for its health, from outside, as a client does. What no other alarm sees, such as an
 * expired certificate or a record that is gone, makes it fail.
 */
export const canary = scheduled('canary', { area: 'system', everyMinutes: 1, effects: [], timeout: 15 });
