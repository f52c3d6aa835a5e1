/** Accepted request bodies by operation id: the OpenAPI document shows them, and test requests start from them. */
export const examples = {
  saveBillingProfile: {
    billingName: 'Acme Corporation',
    billingAddress: {
      street: '123 Business St',
      city: 'Los Angeles',
      state: 'CA',
      postalCode: '90001',
      country: 'US',
    },
    billingContact: { name: 'Accounts Payable', email: 'billing@acme.example', phone: '+12135550100' },
    taxId: 'US-12-3456789',
    lowBalanceThreshold: 100,
  },
  addCredit: {
    amount: '2500.00',
    reference: 'wire-2026-01-15',
    currency: 'USD',
    type: 'payment',
    note: 'Invoice 2026-0042',
  },
} as const;
