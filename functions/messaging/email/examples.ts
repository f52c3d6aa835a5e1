export const examples = {
  sendEmail: {
    to: 'ann@example.com',
    template: 'invoice',
    variables: { name: 'Ann', month: 'January' },
    from: 'billing@acme.example',
    from_name: 'Acme Billing',
    reply_to: 'help@acme.example',
    attachments: [{ filename: 'terms.txt', content: 'VGVybXM=', content_type: 'text/plain' }],
    reference: 'invoice 4711',
  },
};
