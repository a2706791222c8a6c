"""The shaders of fields: each vertex looks up its value by its number; colours come from the map, light from the shape."""

from __future__ import annotations

from viewer.render.shaders import CUT_FUNCTIONS, FACT_NAMES, LIGHT

TEXELS_PER_ROW = 1024
"""Texels in one row of a field's texture, four values each."""

_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
in float vertexNumber;
uniform mat4 MCDCMatrix;
uniform mat4 MCVCMatrix;
uniform mat4 MCWCMatrix;
uniform sampler2D fieldValues;
//VTK::CustomUniforms::Dec
out vec3 positionVC;
out vec3 fromOrigin;
out vec2 shareAndKnown;
void main() {
  int number = int(vertexNumber + 0.5), texel = number / 4;
  vec4 four = texelFetch(fieldValues, ivec2(texel %% %(row)d, texel / %(row)d), 0);
  float value = four[number %% 4];
  bool known = value == value;
  shareAndKnown = known ? vec2(clamp((value - fieldRange.x) * fieldRange.y, 0.0, 1.0), 1.0) : vec2(0.0);
  positionVC = (MCVCMatrix * vertexMC).xyz;
  fromOrigin = (MCWCMatrix * vertexMC).xyz;
  gl_Position = MCDCMatrix * vertexMC;
}
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
in vec3 positionVC;
in vec3 fromOrigin;
in vec2 shareAndKnown;
uniform int cameraParallel;
uniform sampler2D fieldColours;
//VTK::CustomUniforms::Dec
%(facts)s
%(cutting)s
%(light)s
void main() {
#if %(cut)d
  if (cutAway(fromOrigin)) discard;
#endif
  vec3 n = normalize(cross(dFdx(positionVC), dFdy(positionVC)));
  vec3 eye = cameraParallel != 0 ? vec3(0.0, 0.0, 1.0) : normalize(-positionVC);
  if (dot(n, eye) < 0.0) n = -n;
  float at = shareAndKnown.x * 255.0;
  int low = int(at);
  vec3 from = texelFetch(fieldColours, ivec2(low, 0), 0).rgb, to = texelFetch(fieldColours, ivec2(min(low + 1, 255), 0), 0).rgb;
  vec3 mapped = mix(from, to, at - float(low));
  // A face with a vertex of no value is grey as a whole: between a value and none there is nothing to read.
  vec3 rgb = shareAndKnown.y > 0.999 ? mapped : texelFetch(fieldColours, ivec2(256, 0), 0).rgb;
  rgb = sqrt(clamp(lit(rgb, n, eye, dot(n, eye), 0.0, 0.0), 0.0, 1.0));
  gl_FragData[0] = vec4(hazy(rgb, -positionVC.z), 1.0);
}
"""


def field_programs(cutting: bool) -> tuple[str, str]:
    """Vertex and fragment program; `cutting` while a section is on."""
    words = {"row": TEXELS_PER_ROW, "facts": FACT_NAMES, "cutting": CUT_FUNCTIONS if cutting else "", "light": LIGHT}
    return _VERTEX % words, _FRAGMENT % {**words, "cut": int(cutting)}
