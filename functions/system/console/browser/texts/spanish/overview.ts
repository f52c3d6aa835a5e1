import type { overview as german } from '../german/overview.ts';

/** The first page, and the usage. */
export const overview: Record<keyof typeof german, string> = {
  'Calls today': 'Llamadas hoy',
  'Answered today': 'Contestadas hoy',
  'Talk time today': 'Conversación hoy',
  'Cost today': 'Coste hoy',
  'Connected phones': 'Teléfonos conectados',
  '{count} of {all}': '{count} de {all}',
  'Needs attention': 'Requiere su atención',
  'All is well: nothing needs your attention.': 'Todo va bien: nada requiere su atención.',
  'Latest alarms': 'Últimas alarmas',
  'No credit is left: outbound calls that cost are rejected.':
    'No queda saldo: se rechazan las llamadas salientes con coste.',
  '{count, plural, one {# alarm} other {# alarms}} in the last 12 hours':
    '{count, plural, one {# alarma} other {# alarmas}} en las últimas 12 horas',
  '{count, plural, one {# phone is} other {# phones are}} not connected':
    '{count, plural, one {# teléfono no está conectado} other {# teléfonos no están conectados}}',
  'Calls per hour': 'Llamadas por hora',
  'Not answered': 'Sin contestar',
  'As a table': 'Como tabla',
  '{difference} on last week': '{difference} respecto a la semana pasada',
  Usage: 'Consumo',
  'Nothing else': 'Nada más',
  Gateway: 'Pasarela',
  Customer: 'Cliente',
  'None of these': 'Nada de esto',
  'All others': 'Todos los demás',
  'A user who was deleted': 'Un usuario eliminado',
  'This month': 'Este mes',
  'Last month': 'El mes pasado',
  'This year': 'Este año',
  'Save as CSV': 'Guardar como CSV',
  'By day': 'Por día',
  'By month': 'Por mes',
  'And by': 'Y por',
  'There were no calls in this time.': 'No hubo llamadas en este periodo.',
  Share: 'Proporción',
  Total: 'Total',
  'Credit is low: {amount} are left.': 'Queda poco saldo: {amount}.',
  'The certificate that signs calls ends within 30 days, or has ended.':
    'El certificado que firma las llamadas vence en 30 días o ya venció.',
  '{count, plural, one {# gateway does} other {# gateways do}} not answer':
    '{count, plural, one {# pasarela no responde} other {# pasarelas no responden}}',
  'By hour': 'Por horas',
  'By hour, day or month': 'Por hora, día o mes',
};
