import { document } from '../../../shared/http/answers/answer.ts';
import { serve } from '../../../shared/http/serve.ts';
import { imageTypes, qrCode } from '../../../shared/images/qr-code.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { getQrCode, qrCodes } from './contract.ts';
import { wantedCode } from './qr-code.ts';

export const qrCodesHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    qrCodes,
    {
      [getQrCode.route]: async ({ params, query }) => {
        const { text, format, options } = wantedCode(params.data, query);
        return document(imageTypes[format], await qrCode(text, format, options));
      },
    },
    dependencies,
  );

export const handler = qrCodesHandler();
