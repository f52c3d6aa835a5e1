import { field } from '../kit/arranged-field.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { t } from '../texts/texts.ts';

/** Forms of what is charged and paid. */

const cycles = { monthly: t('monthly'), quarterly: t('every three months'), annual: t('yearly') };

export const balanceForm: Arrangement = {
  groups: [
    {
      title: t('Payment'),
      fields: [
        field('accountType', t('Pays'), { choices: { prepaid: t('in advance'), postpaid: t('afterwards') } }),
        field('creditLimit', t('Credit'), { help: t('How far the balance may fall below zero.'), control: 'money' }),
        field('currency', t('Currency'), t('Cannot be changed after the first charge.')),
        field('lowBalanceThreshold', t('Warn below'), { help: t('Empty: never.'), control: 'money' }),
        field('paymentMethod', t('Way of payment'), {
          choices: { invoice: t('invoice'), credit_card: t('credit card'), ach: 'ACH', wire: t('bank transfer') },
        }),
        field('paymentTerms', t('Time for payment'), {
          choices: {
            ...{ PREPAID: t('in advance'), NET0: t('at once'), NET7: t('7 days'), NET14: t('14 days') },
            ...{ NET30: t('30 days'), NET60: t('60 days'), NET90: t('90 days') },
          },
        }),
      ],
    },
    {
      title: t('Prices'),
      fields: [
        field('tariffPlan', t('Price list'), { to: 'tariff' }),
        field('unratedCalls', t('Calls without a price'), { choices: { allow: t('allowed'), deny: t('not allowed') } }),
        field('inboundWhenExhausted', t('Inbound calls that cost, without credit'), {
          choices: { answer: t('answered'), reject: t('rejected') },
        }),
        field('rates', t('Where the price list has none'), {
          fields: [
            field('defaultCallRate', t('Calls in the country, a minute'), { control: 'money' }),
            field('internationalCallRate', t('Calls abroad, a minute'), { control: 'money' }),
            field('tollFreeRate', t('Free numbers, a minute'), { control: 'money' }),
            field('defaultSmsRate', t('SMS, each'), { control: 'money' }),
          ],
        }),
      ],
    },
    {
      title: t('Invoice'),
      fields: [
        field('billingName', t('Name on invoices')),
        field('billingAddress', t('Address'), {
          fields: [
            field('street', t('Street')),
            field('postalCode', t('Postal code')),
            field('city', t('City')),
            field('state', t('State or province')),
            field('country', t('Country')),
          ],
        }),
        field('billingContact', t('Contact'), {
          fields: [field('name', t('Name')), field('email', t('E-mail')), field('phone', t('Phone'))],
        }),
        field('taxId', t('Tax number')),
      ],
    },
  ],
  advanced: [
    field('billingCycle', t('Invoices'), { choices: cycles }),
    field('billingDay', t('Period begins on day')),
    field('taxExempt', t('Without tax')),
    field('outstandingInvoices', t('Unpaid invoices')),
    field('reservationMinutes', t('Minutes reserved before a call')),
  ],
};

export const creditForm: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('amount', t('Amount'), { control: 'money' }),
        field('reference', t('Reference'), t('Such as the number of the invoice or the transfer.')),
        field('type', t('Kind'), { choices: { payment: t('Payment'), correction: t('Correction') } }),
        field('note', t('Note')),
      ],
    },
  ],
};

export const tariffForm: Arrangement = {
  groups: [
    {
      fields: [
        'name',
        'description',
        field('currency', t('Currency'), t('Cannot be changed while customers use it.')),
        field('kind', t('Kind'), { choices: { sell: t('what customers pay'), cost: t('what carriers charge') } }),
      ],
    },
    {
      title: t('Included'),
      fields: [
        field('monthly_minimum', t('Charged at least, a month'), { control: 'money' }),
        field('included_minutes', t('Free minutes a month')),
        field('included_sms', t('Free SMS a month')),
      ],
    },
    {
      title: t('SMS'),
      fields: [
        field('sms_rates', t('Prices of SMS'), {
          help: t('The longest prefix that fits the number counts.'),
          fields: [field('prefix', t('Number begins with')), field('price', t('Price each'), { control: 'money' })],
        }),
      ],
    },
    {
      title: t('Subscriptions'),
      fields: [
        field('services', t('Prices of subscriptions'), {
          fields: [
            field('service_type', t('Service')),
            field('plan', t('Plan')),
            field('price', t('Price'), { control: 'money' }),
            field('billing_cycle', t('Charged'), { choices: cycles }),
            field('features', t('Contains')),
          ],
        }),
      ],
    },
  ],
  advanced: [field('timezone', t('Time zone of times of day')), field('trunk_ids', t('Trunks that it prices'))],
  hidden: ['rates'],
};

export const costForm: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('number', t('Called number'), { control: 'phone number' }),
        field('tariff_id', t('Price list'), { help: t('Empty: yours.'), to: 'tariff' }),
        field('duration', t('Seconds of the call'), t('Empty: a minute.')),
        field('at', t('Time of the call'), { help: t('Empty: now.'), control: 'moment' }),
        field('direction', t('Direction'), { choices: { outbound: t('outgoing'), inbound: t('incoming') } }),
      ],
    },
  ],
};

export const taskForm: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('task_type', t('What is done'), {
          choices: {
            process: t('charge calls that have no price'),
            reprocess: t('charge calls again'),
            cleanup: t('delete calls of closed periods'),
          },
        }),
        field('date_range', t('Calls of'), {
          fields: [
            field('start', t('From'), t('A day, such as 2027-01-31.')),
            field('end', t('Until'), t('This day is included.')),
          ],
        }),
        field('tariff_id', t('Price list'), { help: t('Empty: that of the customer.'), to: 'tariff' }),
        field('priority', t('Priority'), { choices: { low: t('low'), normal: t('normal'), high: t('high') } }),
        field('dry_run', t('Only count what would change')),
      ],
    },
  ],
};
