/** Accepted bodies: the OpenAPI document shows them. */
export const examples = {
  sendSms: { to: '+14155551234', from: 'Acme', message: 'Your parcel arrives today', reference: 'parcel-4711' },
};
