import { Type, type Static } from 'typebox';
import { COOP_TEST_OUTCOMES, COOP_TESTS } from './outcome.js';

/** How a test goes over the wire, to the co-op in its dossier and to the registrar in the application. */
const CoopTestResult = Type.Object(
  {
    test: Type.Enum([...COOP_TESTS]),
    outcome: Type.Enum([...COOP_TEST_OUTCOMES], {
      description: '`undetermined`: the dossier does not say what the test needs',
    }),
    code: Type.String({ description: '`<test>/<reason>`', examples: ['sixtyPercentTest/below-60'] }),
    demanded: Type.String({ description: 'What the test asks for, and on which authority' }),
    found: Type.String({ description: 'What the dossier says' }),
    pointers: Type.Array(Type.String(), { description: 'JSON Pointers of the fields that it looks at' }),
  },
  { title: 'CoopTestResult' },
);

export const CoopTestResults = Type.Array(CoopTestResult, {
  description:
    'What makes it a genuine co-operative, judged from what the block `democraticControl` says; absent without that block',
});
export type CoopTestResults = Static<typeof CoopTestResults>;
