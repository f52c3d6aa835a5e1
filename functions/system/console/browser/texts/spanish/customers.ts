import type { customers as german } from '../german/customers.ts';

/** Customers of a seller. */
export const customers: Record<keyof typeof german, string> = {
  'Customers of {name}': 'Clientes de {name}',
  'Enter {name}': 'Entrar en {name}',
  Enter: 'Entrar',
  'Spent today': 'Gastado hoy',
  'Calls now': 'Llamadas ahora',
  'No customer has this name.': 'Ningún cliente tiene este nombre.',
  Overview: 'Resumen',
  'Prices and payment': 'Precios y pago',
  '{count} of {most}': '{count} de {most}',
  'Can still be spent': 'Aún se puede gastar',
  'Limit a day': 'Límite diario',
  Month: 'Mes',
  '{calls} calls, {minutes} minutes, {sms} SMS': '{calls} llamadas, {minutes} minutos, {sms} SMS',
  'Calls and SMS of the month cost {amount}.': 'Las llamadas y los SMS del mes cuestan {amount}.',
  'Balance before': 'Saldo anterior',
  'Limits of {name}': 'Límites de {name}',
  'Credit for {name}': 'Crédito para {name}',
  Suspend: 'Suspender',
  Resume: 'Reanudar',
  '{name} is suspended.': '{name} está en suspensión.',
  '{count, plural, one {# person} other {# people}} can see the balance only.':
    '{count, plural, one {# persona solo puede} other {# personas solo pueden}} ver el saldo.',
  '{count, plural, one {# phone makes} other {# phones make}} no calls.':
    '{count, plural, one {# teléfono no hace} other {# teléfonos no hacen}} llamadas.',
  '{count, plural, one {# call} other {# calls}} in progress.':
    '{count, plural, one {# llamada} other {# llamadas}} en curso.',
  'Its access keys are rejected.': 'Se rechazan sus claves de acceso.',
  'Suspend {name}?': '¿Suspender {name}?',
  'Resume {name}?': '¿Reanudar {name}?',
  'Nothing is deleted. Until it is resumed:': 'No se elimina nada. Hasta que se reanude:',
  'It can be used again, from its next request on.': 'Se puede volver a usar desde su próxima solicitud.',
  '{count, plural, one {# person} other {# people}} can no longer sign in.':
    '{count, plural, one {# persona ya no puede} other {# personas ya no pueden}} iniciar sesión.',
  'Users, phones, gateways and the dial plan are deleted.':
    'Se eliminan los usuarios, los teléfonos, las pasarelas y el plan de marcación.',
  'Call history and statements are kept.': 'El historial de llamadas y los extractos se conservan.',
};
