import { errorKinds } from '#errors.ts';

export const webhookErrors = errorKinds({
  WEBHOOK_EXISTS: [409, 'A webhook with this URL exists.'],
  WEBHOOK_DISABLED: [409, 'The webhook is disabled.'],
  DEFAULT_WEBHOOK: [409, 'The built-in webhook `default` cannot be deleted or tested.'],
});
