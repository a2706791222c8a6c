"""Eye-dome lighting: shades points by how much nearer their neighbours on the screen are, so that shape shows without normals.

After Boucheron, Interactive visualization of large point clouds (2009), section 4: the response of a pixel is the mean over its
neighbours of how much nearer they are, in the logarithm of the distance.
"""

from __future__ import annotations

from typing import Any

from vtkmodules.util.misc import calldata_type
from vtkmodules.util.vtkConstants import VTK_OBJECT
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject

from viewer.render.square import Square
from viewer.render.stage import Stage

_STRENGTH = 90.0
_RADIUS_PX = 1.3
_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
void main() { gl_Position = vec4(vertexMC.xy, -1.0, 1.0); }
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
//VTK::CustomUniforms::Dec
uniform sampler2D cloudDepth;
float away(float depth) {  // the logarithm of the distance
  float metres = domeRange.z > 0.5 ? mix(domeRange.x, domeRange.y, depth) + domeRange.w
    : domeRange.x * domeRange.y / (domeRange.y - depth * (domeRange.y - domeRange.x));
  return log2(max(metres, 1e-9));
}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy), last = textureSize(cloudDepth, 0) - 1;
  float depth = texelFetch(cloudDepth, at, 0).r;
  if (depth >= 1.0) discard;
  float here = away(depth), nearer = 0.0;
  for (int i = 0; i < 8; i++) {
    vec2 way = i < 2 ? vec2(float(2 * i - 1), 0.0) : i < 4 ? vec2(0.0, float(2 * i - 5))
      : 0.75 * vec2((i & 1) != 0 ? 1.0 : -1.0, (i & 2) != 0 ? 1.0 : -1.0);
    float there = texelFetch(cloudDepth, clamp(at + ivec2(round(way * domeRadius)), ivec2(0), last), 0).r;
    if (there < 1.0) nearer += clamp(here - away(there), 0.0, 0.03);  // one point that strayed must not blacken
  }
  float shade = exp(-domeStrength * nearer / 8.0);
  gl_FragDepth = depth - 2e-7;
  gl_FragData[0] = vec4(0.0, 0.0, 0.0, 0.72 * (1.0 - shade));
}
"""


class EyeDome:
    """One square over the picture that darkens what stands behind its neighbours; drawn after the points and before all else.

    So only points are shaded: nothing else is in the depth buffer yet. Main thread.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._depth: Any = vtkTextureObject()
        self._samples = 0
        """Of the window before points were shaded."""
        square = Square(_VERTEX, _FRAGMENT)
        self.actor, self._uniforms = square.actor, square.uniforms

        @calldata_type(VTK_OBJECT)
        def updated(_mapper: Any, _event: str, program: Any) -> None:
            self._take_depth(program)

        watched: Any = square.mapper
        watched.AddObserver("UpdateShaderEvent", updated)
        stage.add_first(self.actor)

    def prepare(self, *, shown: bool, pixel_ratio: float) -> None:
        """Before a frame, when the camera stands."""
        self.actor.SetVisibility(shown)
        self._sample_once(shown)
        camera = self._stage.renderer.GetActiveCamera()
        near, far = camera.GetClippingRange()
        parallel = bool(camera.GetParallelProjection())
        # In a parallel picture distances mean nothing: a height of the picture is taken as the distance of the nearest.
        ahead = 2.0 * camera.GetParallelScale() - near if parallel else 0.0
        self._uniforms.SetUniform4f("domeRange", [near, far, float(parallel), ahead])
        self._uniforms.SetUniformf("domeRadius", max(_RADIUS_PX * pixel_ratio, 1.0))
        self._uniforms.SetUniformf("domeStrength", _STRENGTH)

    def _sample_once(self, shaded: bool) -> None:
        """Depth of several samples can't be copied: while points are shaded, the window does without anti-aliasing."""
        window = self._stage.renderer.GetRenderWindow()
        samples = window.GetMultiSamples()
        if shaded and samples > 1:
            self._samples = samples
            window.SetMultiSamples(0)
        elif not shaded and self._samples:
            window.SetMultiSamples(self._samples)
            self._samples = 0

    def _take_depth(self, program: Any) -> None:
        """Copy the depth of what is drawn so far; while the context is current, in the midst of a frame."""
        window = self._stage.renderer.GetRenderWindow()
        width, height = window.GetSize()
        self._depth.SetContext(window)
        if (self._depth.GetWidth(), self._depth.GetHeight()) != (width, height):
            self._depth.ReleaseGraphicsResources(window)
            self._depth.AllocateDepth(width, height, vtkTextureObject.Float32)
            self._depth.SetMagnificationFilter(vtkTextureObject.Nearest)
            self._depth.SetMinificationFilter(vtkTextureObject.Nearest)
        self._depth.CopyFromFrameBuffer(0, 0, 0, 0, width, height)
        self._depth.Activate()
        program.SetUniformi("cloudDepth", self._depth.GetTextureUnit())

    def close(self) -> None:
        """Take it off the stage; the window gives back what lies on the card."""
        self._stage.remove(self.actor)
