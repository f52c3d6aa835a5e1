import { document } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { imageTypes, qrCode } from '#images/qr-code.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { getQrCode, qrCodes } from './contract.ts';
import { wantedCode } from './qr-code.ts';

export const qrCodesHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    qrCodes,
    {
      [getQrCode.route]: async ({ params, query }) => {
        const { text, format, options } = wantedCode(params.text, query);
        return document(imageTypes[format], await qrCode(text, format, options));
      },
    },
    dependencies,
  );

export const handler = qrCodesHandler();
