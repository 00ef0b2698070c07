/** https://www.w3.org/ns/credentials/undefined-terms/v2, byte for byte; see ../README.md. */
export const undefinedTermsV2 = String.raw`{
  "@context": {
    "@vocab": "https://www.w3.org/ns/credentials/undefined-term#"
  }
}
`;
