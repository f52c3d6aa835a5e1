import { t } from '../texts/texts.ts';

/** Days of the week as a person reads them, by their names in the API. */
export const weekdayWords = {
  ...{ mon: t('Monday'), tue: t('Tuesday'), wed: t('Wednesday'), thu: t('Thursday') },
  ...{ fri: t('Friday'), sat: t('Saturday'), sun: t('Sunday') },
};
