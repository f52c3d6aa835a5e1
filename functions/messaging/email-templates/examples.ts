/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveEmailTemplate: {
    name: 'order_shipped',
    subject: 'Order {{order.number}} is on its way',
    html:
      '<p>Hello {{customer}},</p>\n' +
      '<ul>\n{{#each order.items}}\n<li>{{this.count}} × {{this.name}}</li>\n{{/each}}\n</ul>\n' +
      '{{#if tracking_url}}<p><a href="{{tracking_url}}">Track it</a></p>{{/if}}',
    from: 'orders@example.com',
    from_name: 'Example Ltd',
    variables: [{ name: 'customer', required: false, default: 'customer' }],
    description: 'Sent when an order leaves the warehouse',
  },
};
