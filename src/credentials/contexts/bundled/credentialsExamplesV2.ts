/** https://www.w3.org/ns/credentials/examples/v2, byte for byte; see ../README.md. */
export const credentialsExamplesV2 = String.raw`{
  "@context": {
    "@vocab": "https://www.w3.org/ns/credentials/examples#"
  }
}
`;
